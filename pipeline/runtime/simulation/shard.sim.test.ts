import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { simulate } from '../../../fixtures/simulation/simulate.ts';

/** Few enough for every run of the tests; nights take more. */
const SEEDS_DEFAULT = 200;
const TIMEOUT_MS = 3_600_000;

const { HAIDANG_SIM_SEED, HAIDANG_SIM_SEEDS, HAIDANG_SIM_FROM } = process.env;
const first = Number(HAIDANG_SIM_SEED ?? HAIDANG_SIM_FROM ?? 1);
const count = HAIDANG_SIM_SEED === undefined ? Number(HAIDANG_SIM_SEEDS ?? SEEDS_DEFAULT) : 1;

test(
  'whatever crashes, stalls, repeats or comes late, a reader sees what SQL says, once',
  async () => {
    let values = 0;
    for (let seed = first; seed < first + count; seed++) values += (await simulate(seed)).values;
    assert.ok(values > 0);
  },
  TIMEOUT_MS,
);
