import type { JSX } from 'preact';

import {
  placeLabels,
  type Box,
  type LabelRequest,
  type PlacedLabel,
} from '../../../model/environment/label-layout.ts';
import { fitInto, mapShape, pathOf, type Point } from '../../../model/environment/map-shape.ts';
import type { StationView } from '../../../model/environment/station.ts';
import type { Language, Texts } from '../../../model/texts/texts.ts';
import type { WallModel } from '../../../model/environment/wall-model.ts';
import { textWidth, wrapText } from '../../parts/fit-text.ts';
import { opensPassport } from '../../passport/passport-link.ts';
import { keyOf } from '../environment-passports.ts';
import { Hero } from './hero.tsx';
import { labelHeight, labelTexts, markRadius, StationLabel, StationMark } from './map-mark.tsx';

interface MapProps {
  readonly model: WallModel;
  readonly texts: Texts;
  readonly language: Language;
}

/** The panel in px at 1080 lines; the map fills its left part, the hero and the inset its right. */
const land: Box = { x: 24, y: 36, width: 640, height: 604 };
const labelBounds: Box = { x: 12, y: 8, width: 684, height: 648 };
const insetBox: Box = { x: 724, y: 482, width: 252, height: 166 };
const noteWidth = 330;

/**
 * The province as a scheme with its stations, each area by its worst standard station, and the worst one
 * large.
 */
export function MapPanel(props: MapProps): JSX.Element {
  const { model, texts } = props;
  const shape = mapShape(model.registry);
  const outlines = [...shape.districts, ...(shape.coast === undefined ? [] : [shape.coast])];
  const place = fitInto(
    outlines.flatMap((area) => area.outline),
    land,
  );
  const onMainland = drawnStations(model).filter((station) => station.area !== shape.inset?.id);
  const inInset = drawnStations(model).filter((station) => station.area === shape.inset?.id);
  const withStandard = new Set(model.standard.map((station) => station.area));
  return (
    <section class="panel mapbox">
      <svg class="map" viewBox="0 0 1000 664" role="img" aria-label={texts.scheme}>
        {shape.districts.map((area) => (
          <path
            key={area.id}
            d={pathOf(area.outline, place)}
            fill={withStandard.has(area.id) ? 'var(--s2)' : 'var(--land)'}
            stroke="var(--s4)"
            stroke-width={1.5}
            stroke-dasharray="2 5"
            stroke-linejoin="round"
          />
        ))}
        {shape.coast !== undefined && (
          <path
            d={pathOf(shape.coast.outline, place)}
            fill="none"
            stroke="var(--s4)"
            stroke-width={3}
            stroke-linejoin="round"
          />
        )}
        <Notes
          {...props}
          areas={shape.districts.filter(({ id }) => !withStandard.has(id)).map(({ id }) => id)}
        />
        <Stations {...props} stations={onMainland} place={place} />
        {shape.inset !== undefined && <Inset {...props} area={shape.inset} stations={inInset} />}
      </svg>
      {model.worst !== undefined && (
        <Hero station={model.worst} nowMs={model.nowMs} texts={texts} language={props.language} />
      )}
    </section>
  );
}

function Stations(
  props: MapProps & { readonly stations: readonly StationView[]; readonly place: (point: Point) => Point },
): JSX.Element {
  const { stations, place, model, texts, language } = props;
  const drawn = stations.flatMap((station) => {
    if (station.map === null) return [];
    return [{ station, at: place(station.map), radius: markRadius(station) }];
  });
  const requests = drawn.map(({ station, at, radius }): LabelRequest => {
    const [name, ...below] = labelTexts(station, { model, texts, language });
    const width = Math.max(textWidth(name, 40, 600), ...below.map((line) => textWidth(line, 28, 400))) + 6;
    return { id: station.id, mark: { ...at, radius }, width, height: labelHeight(1 + below.length) };
  });
  const labels = layout(requests, noteBoxes(props));
  return (
    <>
      {drawn.map(({ station, at }) => (
        <g key={station.id} {...opensPassport(keyOf(station, station.shown))}>
          <StationMark station={station} at={at} language={language} />
        </g>
      ))}
      {drawn.map(({ station }) => {
        const label = labels.get(station.id);
        if (label === undefined) return null;
        return (
          <StationLabel key={station.id} lines={labelTexts(station, props)} label={label} station={station} />
        );
      })}
    </>
  );
}

// Names move only when a station, a word or the silence of a source changes: the last answer is kept.
let lastKey = '';
let lastLabels = new Map<string, PlacedLabel>();

function layout(
  requests: readonly LabelRequest[],
  obstacles: readonly Box[],
): ReadonlyMap<string, PlacedLabel> {
  const key = JSON.stringify([requests, obstacles]);
  if (key !== lastKey) {
    lastKey = key;
    lastLabels = placeLabels(requests, obstacles, labelBounds);
  }
  return lastLabels;
}

function Inset(
  props: MapProps & {
    readonly area: NonNullable<ReturnType<typeof mapShape>['inset']>;
    readonly stations: readonly StationView[];
  },
): JSX.Element {
  const { area, stations, language } = props;
  const [station] = stations;
  const [name, ...below] =
    station === undefined ? [area.name[language], props.texts.noStandard] : labelTexts(station, props);
  // A silent source has more to say than a band's word: the outline makes room.
  const silent = station === undefined || station.silentSinceMs !== undefined;
  const word = Math.max(0, ...below.flatMap((line) => line.split(' ')).map((one) => textWidth(one, 24, 400)));
  const width = silent ? 96 : Math.max(92, Math.min(150, insetBox.width - 14 - 12 - 8 - word));
  const inner = { x: insetBox.x + 14, y: insetBox.y + 50, width, height: 108 };
  const place = fitInto(area.outline, inner);
  const centre = place({
    x: middle(area.outline.map(([x]) => x)),
    y: middle(area.outline.map(([, y]) => y)),
  });
  const textX = inner.x + width + 12;
  const lines = wrapText(below.join(' '), insetBox.x + insetBox.width - textX - 8, 24);
  return (
    <g data-inset={area.id}>
      <rect {...insetBox} rx={8} fill="var(--s0)" stroke="var(--s3)" stroke-width={2} />
      <path
        d={pathOf(area.outline, place)}
        fill="var(--s2)"
        stroke="var(--s4)"
        stroke-width={3}
        stroke-linejoin="round"
      />
      <text
        x={insetBox.x + 16}
        y={insetBox.y + 42}
        font-size={36}
        font-weight={600}
        fill={silent ? 'var(--stale)' : 'var(--t1)'}
      >
        {name}
      </text>
      {station !== undefined && (
        <g {...opensPassport(keyOf(station, station.shown))}>
          <StationMark station={station} at={centre} language={language} />
        </g>
      )}
      {lines.map((line, index) => (
        <text
          key={line}
          x={textX}
          y={centre.y + 9 + (index - (lines.length - 1) / 2) * 27}
          font-size={24}
          fill={silent ? 'var(--stale)' : 'var(--t2)'}
        >
          {line}
        </text>
      ))}
    </g>
  );
}

function Notes(props: MapProps & { readonly areas: readonly string[] }): JSX.Element {
  const { texts, areas, model, language } = props;
  const names = areas.flatMap(
    (id) => model.registry.areas.find((area) => area.id === id)?.name[language] ?? [],
  );
  const scheme = wrapText(texts.scheme, 190, 24);
  const none = names.length === 0 ? [] : wrapText(texts.noStandardIn(unbroken(names)), noteWidth, 24);
  return (
    <g font-size={24} fill="var(--t3)">
      {scheme.map((line, index) => (
        <text key={line} x={24} y={42 + index * 30}>
          {line}
        </text>
      ))}
      <circle cx={410} cy={32} r={9} fill="none" stroke="var(--t3)" stroke-width={4} />
      <text x={432} y={40}>
        {texts.standardStation}
      </text>
      <rect
        x={403}
        y={57}
        width={14}
        height={14}
        transform="rotate(45 410 64)"
        fill="none"
        stroke="var(--t3)"
        stroke-width={3}
      />
      <text x={432} y={72}>
        {texts.referenceSensor}
      </text>
      {none.map((line, index) => (
        <text key={line} x={694} y={644 - (none.length - 1 - index) * 30} text-anchor="end">
          {line}
        </text>
      ))}
    </g>
  );
}

function noteBoxes({ model, texts, language }: MapProps): Box[] {
  const withStandard = new Set(model.standard.map((station) => station.area));
  const names = mapShape(model.registry)
    .districts.filter(({ id }) => !withStandard.has(id))
    .map((area) => area.name[language]);
  const lines = names.length === 0 ? [] : wrapText(texts.noStandardIn(unbroken(names)), noteWidth, 24);
  const width = Math.max(0, ...lines.map((line) => textWidth(line, 24, 400)));
  const none: Box = { x: 694 - width, y: 644 - lines.length * 30, width, height: lines.length * 30 };
  return [{ x: 20, y: 14, width: 200, height: 100 }, { x: 396, y: 14, width: 270, height: 68 }, none];
}

// A line may end after a name, never inside one.
function unbroken(names: readonly string[]): string {
  return names.map((name) => name.replaceAll(' ', '\u00a0')).join(', ');
}

// Of each area the worst standard station, and every sensor; other standard stations stand in the strips
// beside.
function drawnStations(model: WallModel): StationView[] {
  const worst = new Set(model.worstByArea.values());
  return [...model.standard.filter((station) => worst.has(station)), ...model.indicative];
}

function middle(numbers: readonly number[]): number {
  return (Math.min(...numbers) + Math.max(...numbers)) / 2;
}
