/** Import direction: `ingest -> pipeline <- query <- web-client`, inside pipeline only to the left. */
const inner = ['errors', 'model', 'time', 'window', 'kpi', 'log', 'store', 'runtime', 'main'];
const place = (name) =>
  name === 'errors' || name === 'main' ? `^pipeline/${name}\\.ts$` : `^pipeline/${name}/`;
const isTest = '\\.test\\.tsx?$';

const layers = inner.slice(0, -1).map((name, index) => ({
  name: `pipeline-${name}-imports-only-to-the-left`,
  comment: `Order inside pipeline: ${inner.join(' < ')}.`,
  severity: 'error',
  from: { path: place(name), pathNot: isTest },
  to: { path: inner.slice(index + 1).map(place) },
}));

const pure = {
  name: 'pure-folders-touch-no-system',
  comment: 'Clock, randomness, network and disk come in through ports.',
  severity: 'error',
  from: { path: '^pipeline/(model|window)/', pathNot: isTest },
  to: { path: '^(node:)?(fs|net|http|https|dns|child_process|worker_threads|fs/promises)$' },
};

const forbid = (name, from, to, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from, pathNot: isTest },
  to,
});

module.exports = {
  forbidden: [
    ...layers,
    pure,
    forbid(
      'pipeline-stands-alone',
      '^pipeline/',
      { path: '^(ingest|query|web-client|scripts|fixtures)/' },
      'pipeline knows nobody.',
    ),
    forbid(
      'ingest-knows-only-pipeline',
      '^ingest/',
      { path: '^(query|web-client|scripts|fixtures)/' },
      'ingest -> pipeline',
    ),
    forbid(
      'query-knows-only-pipeline',
      '^query/',
      { path: '^(ingest|web-client|scripts|fixtures)/' },
      'query -> pipeline',
    ),
    forbid(
      'web-client-knows-protocol-and-client',
      '^web-client/',
      { path: '^(pipeline|ingest|scripts|fixtures|query/(?!protocol/|client/))' },
      'The web client uses the public API only.',
    ),
    forbid(
      'client-runs-in-browsers',
      '^query/(protocol|client)/',
      {
        path: '^(pipeline/(?!(model|time)/)|query/(?!protocol/|client/)|(node:)?(fs|net|http|path|crypto)$)',
      },
      'query/protocol and query/client are for browsers too.',
    ),
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-development-packages-in-the-product',
      comment: 'What runs in production must be a dependency, not a devDependency.',
      severity: 'error',
      from: { path: '^(pipeline|ingest|query)/', pathNot: isTest },
      to: { dependencyTypes: ['npm-dev'], pathNot: '@types/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
