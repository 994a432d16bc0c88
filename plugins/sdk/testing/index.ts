/**
 * The door `configmanager/plugin/testing`: runs a store through the contract that hosts rely on, in the process of the
 * tests and as the executable that is shipped. Needs no test runner of its own. Not for the plugin itself.
 */
export { type ContractCases, type ContractCheck, contractChecks, type ValueCase } from "./contract.ts";
export { openTestStore } from "./open-test-store.ts";
export type {
  ExecutableSubject,
  StoreSubject,
  TestAnswer,
  TestFailure,
  TestListAnswer,
  TestListRequest,
  TestPutAnswer,
  TestPutRequest,
  TestRequest,
  TestStore,
  TestSubject,
  TestSurroundings,
  TestValue,
} from "./test-store.ts";
