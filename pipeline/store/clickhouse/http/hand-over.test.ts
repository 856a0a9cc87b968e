import { strict as assert } from 'node:assert';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'vitest';

import { emptyPrivateDirectory, HandOver, memoryBytesMax, memoryFileBytesMax } from './hand-over.ts';

let root: string;
let memory: string;
let disk: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'haidang-hand-over-'));
  memory = emptyPrivateDirectory(join(root, 'memory'));
  disk = emptyPrivateDirectory(join(root, 'disk'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('a body stays in memory up to its bound and moves to the disk with one byte more', () => {
  const file = new HandOver(memory, disk).create();
  file.write(Buffer.alloc(memoryFileBytesMax, 'a'));
  assert.ok(file.path.startsWith(memory));
  file.write(Buffer.from('b'));
  file.finish();
  assert.ok(file.path.startsWith(disk));
  const bytes = readFileSync(file.path);
  assert.equal(bytes.length, memoryFileBytesMax + 1);
  assert.equal(bytes.subarray(-2).toString(), 'ab');
  assert.deepEqual(readdirSync(memory), []);
  file.remove();
  assert.deepEqual(readdirSync(disk), []);
});

test('all bodies in memory together have a bound, and a removed one gives its share back', () => {
  const handOver = new HandOver(memory, disk);
  const chunk = Buffer.alloc(memoryFileBytesMax);
  const fill = (): { path: string; remove(): void } => {
    const file = handOver.create();
    file.write(chunk);
    return file;
  };
  const inMemory = Array.from({ length: memoryBytesMax / memoryFileBytesMax }, fill);
  const beyond = fill();
  assert.ok(inMemory.every((file) => file.path.startsWith(memory)));
  assert.ok(beyond.path.startsWith(disk));
  inMemory[0]?.remove();
  assert.ok(fill().path.startsWith(memory));
});

test('without shared memory a body goes to the disk, and only its owner may read it', () => {
  const file = new HandOver(undefined, disk).create();
  file.write(Buffer.from('x'));
  assert.ok(file.path.startsWith(disk));
  assert.equal(statSync(file.path).mode & 0o777, 0o600);
  assert.equal(statSync(disk).mode & 0o777, 0o700);
});
