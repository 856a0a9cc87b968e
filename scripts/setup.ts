import { setupNats } from './setup/setup-nats.ts';

const { lines } = setupNats(process.env);
for (const line of lines) process.stderr.write(`setup: ${line}\n`);
