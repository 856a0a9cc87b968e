import { ClickHouseError } from '@clickhouse/client';
import { text as textOf } from 'node:stream/consumers';

import { StoreUnavailableError } from '../../../pipeline/errors.ts';
import { sqlLiteral } from '../../../pipeline/store/clickhouse/sql-tokens.ts';

import type { Explained, Formatted, ParseFailure, StatementParser } from '../guard/guard.ts';
import type { StatementEngine } from './engine-door.ts';
import { publicMessage } from './engine-message.ts';

/** Bounds of the parser itself: a text that nests or backtracks beyond them is refused, quickly. */
const parserSettings = {
  max_query_size: '2097152',
  max_parser_depth: '500',
  max_parser_backtracks: '200000',
  max_ast_depth: '500',
  max_ast_elements: '50000',
  max_expanded_ast_elements: '100000',
  max_execution_time: '5',
} as const;

// Settings that differ from the last statement's cost the engine two more statements: only long texts need them.
const shortLength = 16 * 1024;

/**
 * The guard's door to the engine's parser.
 *
 * @param engine a door of its own, so that nobody's parsing waits for rows
 * @throws StoreUnavailableError when the engine does not answer
 */
export function engineParser(engine: StatementEngine): StatementParser {
  return {
    async format(text): Promise<Formatted> {
      // A literal: whatever the text says, it is a value here.
      const query = `WITH formatQuerySingleLine(${sqlLiteral(text)}) AS once
        SELECT once, formatQuerySingleLine(once) = once`;
      const answer = await ask(engine, query, 'JSONCompactEachRow');
      if (answer.kind === 'failed') return answer;
      const [once, isStable] = JSON.parse(answer.text) as [string, number];
      return { kind: 'formatted', text: once, isStable: isStable === 1 };
    },
    async explainAst(canonical): Promise<Explained> {
      const answer = await ask(engine, `EXPLAIN AST ${canonical}`, 'TabSeparatedRaw');
      return answer.kind === 'failed' ? answer : { kind: 'tree', text: answer.text };
    },
  };
}

async function ask(
  engine: StatementEngine,
  sql: string,
  format: 'JSONCompactEachRow' | 'TabSeparatedRaw',
): Promise<{ kind: 'answer'; text: string } | ParseFailure> {
  try {
    const settings = sql.length > shortLength ? parserSettings : {};
    return { kind: 'answer', text: await textOf(await engine.send({ sql, format, settings })) };
  } catch (error) {
    if (!(error instanceof ClickHouseError) || busyCodes.has(error.code)) {
      throw new StoreUnavailableError('the parser did not answer', { cause: error });
    }
    const byte = /failed at position (\d+)/.exec(error.message)?.[1];
    return {
      kind: 'failed',
      message: publicMessage(error.message),
      byte: byte === undefined ? undefined : Number(byte),
    };
  }
}

/** Errors that say nothing about the statement: too many at once, out of memory, cancelled. */
const busyCodes: ReadonlySet<string> = new Set(['202', '241', '394']);
