/**
 * Gathers what comes within one turn of the event loop and hands it over together: a store that can ask for several
 * values at once sees unary calls that arrived together as one batch.
 */
export function createTurnBatcher<T>(handOver: (items: readonly T[]) => void): (item: T) => void {
  let gathered: T[] = [];
  return (item) => {
    gathered.push(item);
    if (gathered.length > 1) return;
    setImmediate(() => {
      const items = gathered;
      gathered = [];
      handOver(items);
    });
  };
}
