import type { JSX } from 'preact';

import { fitText } from './fit-text.ts';

/** A name that is never cut by the screen: smaller, or shortened in its middle, when it is long. */
export function NameText(props: {
  readonly name: string;
  readonly width: number;
  readonly sizes: readonly number[];
}): JSX.Element {
  const { text, size } = fitText(props.name, props.width, 600, props.sizes);
  const largest = props.sizes[0] ?? size;
  const style = size === largest ? undefined : { fontSize: `${(size / largest).toFixed(3)}em` };
  return (
    <b title={props.name}>
      <span style={style}>{text}</span>
    </b>
  );
}
