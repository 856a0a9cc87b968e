/** A command that could not do its work: the text is for the person at the terminal, the exit code is 1. */
export class CommandFailure extends Error {}
