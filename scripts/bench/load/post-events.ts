import { Agent, request } from 'node:http';

import type { IngestTarget } from './load-job.ts';

/** What the door said of one body. */
export interface PostAnswer {
  readonly accepted: number;
  readonly position: number;
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** Posts one JSON body of events. Cheaper than `fetch`, which counts when the load shares the machine. */
export function postEvents(target: IngestTarget, feed: string, body: Buffer): Promise<PostAnswer> {
  const headers = {
    authorization: `Bearer ${target.token}`,
    'content-type': 'application/json',
    'content-length': body.length,
  };
  return new Promise((resolve, reject) => {
    const url = `${target.ingestUrl}/v1/feeds/${feed}/events`;
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode !== 200)
          return reject(new Error(`${response.statusCode}: ${text.slice(0, 300)}`));
        const { accepted, ack } = JSON.parse(text) as { accepted: number; ack: { seq: number } | null };
        resolve({ accepted, position: ack?.seq ?? 0 });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
