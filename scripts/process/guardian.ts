import { spawn, type ChildProcess, type IOType } from 'node:child_process';
import type { Readable } from 'node:stream';

/** A program to run so that it never outlives this process. */
export interface GuardedCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Where stdout and stderr go: a file descriptor of ours, or a pipe to read from `output`. */
  readonly output: IOType | number;
}

/** How a program ended: its exit code, 128 + signal when a signal ended it. */
export interface ExitStatus {
  readonly code: number;
}

/** A running program and its guardian. */
export interface GuardedProcess {
  /** Process id of the program itself, not of its guardian; undefined when it could not be started. */
  readonly pid: Promise<number | undefined>;
  /** Resolves when program and guardian are gone. */
  readonly exited: Promise<ExitStatus>;
  readonly output: readonly Readable[];
  /** Sends a signal to the program; does nothing when it is gone. */
  signal(name: 'SIGTERM' | 'SIGKILL'): void;
}

/**
 * The guardian runs the program beside a reader of its own stdin, which we hold open and never write to. When we
 * die, however we die, the reader sees the end of it and kills the program. (The kernel's parent-death signal
 * does not reach nats-server.) The command comes in a variable, so that one process only, the program itself, is
 * found by its command line. The program's process id goes to descriptor 4. The shell's own stderr leads nowhere: it
 * would say "Killed" on the terminal, which the supervisor says in its own words.
 *
 *     we ──stdin──► guardian (sh) ──► program
 *                     └─ reader: end of stdin ─► kill -9 program
 */
const guardianScript = `
exec 3<&0 5>&2 2>/dev/null; eval "set -- $GUARDED_COMMAND"; unset GUARDED_COMMAND
"$@" </dev/null 2>&5 3<&- 4>&- 5>&- & p=$!
exec 5>&-
trap 'kill $p 2>/dev/null' TERM INT HUP
echo $p >&4; exec 4>&-
{ trap - TERM INT HUP; read -r _ <&3; kill -9 $p; } & r=$!
exec 3<&-
while :; do wait $p; s=$?; kill -0 $p 2>/dev/null || break; done
kill $r 2>/dev/null
exit $s`;

/** Starts a program under a guardian, in a process group of its own: Ctrl-C in a terminal reaches only us. */
export function spawnGuarded(command: GuardedCommand): GuardedProcess {
  const line = [command.program, ...command.args].map(quoteForShell).join(' ');
  const guardian = spawn('sh', ['-c', guardianScript], {
    detached: true,
    env: { ...command.env, GUARDED_COMMAND: line },
    stdio: ['pipe', command.output, command.output, 'ignore', 'pipe'],
  });
  let pid: number | undefined;
  const pidRead = readPid(guardian).then((read) => (pid = read));
  const kill = (name: NodeJS.Signals): void => {
    if (pid !== undefined) killIfThere(pid, name);
    else guardian.kill(name);
  };
  return {
    pid: pidRead,
    exited: waitForExit(guardian).then(async (status) => {
      // Somebody may have killed the guardian alone; then its program goes too.
      await pidRead;
      if (pid !== undefined) killIfThere(pid, 'SIGKILL');
      guardian.stdin?.destroy();
      pid = undefined;
      return status;
    }),
    output: [guardian.stdout, guardian.stderr].filter((stream) => stream !== null),
    signal: kill,
  };
}

/** Sends a signal to a process that may be gone already. Signal 0 only asks. Returns whether it was there. */
export function killIfThere(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ESRCH' || code === 'EPERM') return code === 'EPERM';
    throw error;
  }
}

function waitForExit(guardian: ChildProcess): Promise<ExitStatus> {
  return new Promise((resolve) => {
    guardian.once('error', () => resolve({ code: 127 }));
    guardian.once('exit', (code) => resolve({ code: code ?? 137 }));
    guardian.stdin?.on('error', () => guardian.stdin?.destroy());
  });
}

async function readPid(guardian: ChildProcess): Promise<number | undefined> {
  const pipe = guardian.stdio[4];
  if (pipe === null || pipe === undefined || !('read' in pipe)) return undefined;
  let text = '';
  for await (const chunk of pipe) text += String(chunk);
  const pid = Number(text.trim());
  return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
}

function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
