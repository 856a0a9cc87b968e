import type { JSX } from 'preact';

/** Says over the full width that the data are simulated, five times, so that any photo shows it. */
export function DemoBand(props: { readonly text: string }): JSX.Element {
  return (
    <div class="demo" role="note">
      {[1, 2, 3, 4, 5].map((place) => (
        <span key={place}>{props.text}</span>
      ))}
    </div>
  );
}
