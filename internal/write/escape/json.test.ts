import { describeEscaping } from "../../../test/helpers/escape-table.ts";

const notUtf8 = [Uint8Array.of(0xff, 0x80)];

describeEscaping("json", [
  ['{"k": "§0"}', 'a"b\\c\nd', '{"k": "a\\"b\\\\c\\nd"}'],
  ['{"k": "§0"}', "é 😀\u2028", '{"k": "é 😀\u2028"}'],
  ['{"k": "a\\"§0:§1"}', ['"', "\0"], '{"k": "a\\"\\":\\u0000"}'],
  ['{"k": "\\\\§0"}', '"', '{"k": "\\\\\\""}'],
  ['{"§0": 1}', '"', '{"\\"": 1}'],
  ['{"k": §0}', "8080", '{"k": 8080}'],
  ['{"k": §0}', "true", '{"k": true}'],
  ['{"k": §0}', '{"a": [1]}', '{"k": {"a": [1]}}'],
  ['{"k": §0}', "p@ss", '{"k": "p@ss"}'],
  ['{"k": §0}', "", '{"k": ""}'],
  ['{"k":[§0,§1]}', ["1", "01"], '{"k":[1,"01"]}'],
  ["{§0: 1}", "1", '{"1": 1}'],
  ["\ufeff§0\n", "x", '\ufeff"x"\n'],
  ["{k: '§0'}", 'it\'s "x"', "{k: 'it\\'s \\\"x\\\"'}"],
  ["1§0", "000", "1000"],
  ["1§0", "}", /cannot stand in this place/],
  ['{"k": "\\§0"}', "n", /behind "\\"/],
  ['{"k": "§0"}', notUtf8, /not UTF-8; .*as=base64/],
  ['{"k": §0}', notUtf8, /not UTF-8/],
  ["// §0\n1", "a */ b", "// a */ b\n1"],
  ["// §0\n1", "a\nb", /a comment: it holds a line end/],
  ["/* §0 */ 1", "a\n// b", "/* a\n// b */ 1"],
  ["/* §0 */ 1", "a */ 2", /it would end the comment/],
  ["/*§0/ */ 1", "*", /it would end the comment/],
  ['{"k": "§0', "x y", /what it would mean here is not known/],
]);
