/** One thing that breaks a rule: where it is and what to do about it. */
export interface Finding {
  /** Path from the root, with a line number when there is one: `pipeline/time/clock.ts:12`. */
  readonly place: string;
  readonly text: string;
}

/** A file as a check sees it. */
export interface SourceFile {
  readonly path: string;
  readonly content: string;
}
