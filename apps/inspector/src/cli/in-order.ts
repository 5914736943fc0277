/**
 * Does `work` for each item, up to `jobs` of them at once, and gives the results in the order of the items. When nobody takes any more,
 * or one fails, nothing new is begun, and what is under way ends first.
 */
export async function* inOrder<Item, Result>(
  items: readonly Item[],
  jobs: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const running: Promise<Result>[] = [];
  let begun = 0;
  const begin = () => {
    if (begun === items.length) return;
    const result = work(items[begun++]!);
    result.catch(() => undefined); // It is awaited later, in order.
    running.push(result);
  };
  try {
    while (running.length < jobs && begun < items.length) begin();
    while (running.length > 0) {
      const result = await running[0]!;
      running.shift();
      begin();
      yield result;
    }
  } finally {
    await Promise.allSettled(running);
  }
}
