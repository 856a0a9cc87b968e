/** The `max` items that weigh most, in the order in which they came: place is fixed on a wall. */
export function keepFirst<Item>(
  items: readonly Item[],
  max: number,
  weight: (item: Item) => number,
): readonly Item[] {
  if (items.length <= max) return items;
  const chosen = new Set([...items].sort((one, other) => weight(other) - weight(one)).slice(0, max));
  return items.filter((item) => chosen.has(item));
}
