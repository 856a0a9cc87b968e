import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { placeLabels, type Box, type LabelRequest } from './label-layout.ts';

const bounds: Box = { x: 0, y: 0, width: 400, height: 300 };
const label = (id: string, x: number, y: number): LabelRequest => ({
  id,
  mark: { x, y, radius: 10 },
  width: 100,
  height: 40,
});
const overlaps = (one: Box, other: Box): boolean =>
  one.x < other.x + other.width &&
  other.x < one.x + one.width &&
  one.y < other.y + other.height &&
  other.y < one.y + one.height;

test('a label with room on all sides stands to the right of its mark', () => {
  assert.deepEqual(placeLabels([label('a', 200, 150)], [], bounds).get('a'), {
    anchor: 'start',
    box: { x: 220, y: 130, width: 100, height: 40 },
  });
});

test('a label at the right edge stands to the left', () => {
  assert.equal(placeLabels([label('a', 390, 150)], [], bounds).get('a')?.anchor, 'end');
});

test('marks in a tight row keep their labels apart from each other, from marks and from an obstacle', () => {
  const requests = [label('a', 100, 100), label('b', 160, 110), label('c', 220, 100), label('d', 190, 160)];
  const obstacle: Box = { x: 0, y: 0, width: 80, height: 300 };
  const placed = placeLabels(requests, [obstacle], bounds);
  const boxes = [...placed].map(([id, { box }]) => ({ id, box }));
  for (const [index, one] of boxes.entries()) {
    assert(!overlaps(one.box, obstacle), one.id);
    for (const other of boxes.slice(index + 1))
      assert(!overlaps(one.box, other.box), `${one.id} ${other.id}`);
    for (const { id, mark } of requests) {
      const square = { x: mark.x - 10, y: mark.y - 10, width: 20, height: 20 };
      assert(id === one.id || !overlaps(one.box, square), `${one.id} on ${id}`);
    }
  }
});

test('the same stations get the same places every time', () => {
  const requests = [label('a', 100, 100), label('b', 130, 110), label('c', 150, 100)];
  assert.deepEqual(placeLabels(requests, [], bounds), placeLabels(requests, [], bounds));
});
