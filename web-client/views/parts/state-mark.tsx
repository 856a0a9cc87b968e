import type { JSX } from 'preact';

const shapes = {
  good: 'M10 1a9 9 0 1 0 0 18a9 9 0 1 0 0-18Z',
  watch: 'M10 1.5 19.4 18H.6Z',
  bad: 'M2 2H18V18H2Z',
} as const;

/** The shape of a state: circle, triangle, square; its colour is that of the text around it. */
export function StateMark(props: {
  readonly state: keyof typeof shapes;
  readonly label: string;
}): JSX.Element {
  return (
    <svg class="mk" viewBox="0 0 20 20" role="img" aria-label={props.label}>
      <path d={shapes[props.state]} fill="currentColor" />
    </svg>
  );
}
