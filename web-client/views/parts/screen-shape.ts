import { signal, type ReadonlySignal } from '@preact/signals';

/** As in `wide.css`. */
const query = matchMedia('(min-aspect-ratio: 5/2)');
const shape = signal<'usual' | 'wide'>(query.matches ? 'wide' : 'usual');
query.addEventListener('change', ({ matches }) => {
  shape.value = matches ? 'wide' : 'usual';
});

/** Whether the page stands on a video wall, where lists find more room. */
export const screenShape: ReadonlySignal<'usual' | 'wide'> = shape;
