/** The command with which this system gets a nats-server, for a message. */
export function howToInstallNats(platform: NodeJS.Platform, hasProgram: (name: string) => boolean): string {
  if (platform === 'darwin') return 'brew install nats-server';
  const known = [
    ['apt-get', 'sudo apt-get install nats-server'],
    ['dnf', 'sudo dnf install nats-server'],
    ['apk', 'apk add nats-server'],
    ['pacman', 'sudo pacman -S nats-server'],
    ['zypper', 'sudo zypper install nats-server'],
    ['brew', 'brew install nats-server'],
  ] as const;
  const found = known.find(([program]) => hasProgram(program));
  return found?.[1] ?? 'put a nats-server program (2.10 or newer) on your PATH';
}
