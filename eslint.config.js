import tseslint from 'typescript-eslint';

/** Random numbers, the wall clock and bare timers make a run impossible to repeat: they come in through ports. */
const clockAndChance = [
  { object: 'Date', property: 'now', message: 'Ask a Clock (pipeline/time/clock.ts).' },
  { object: 'Math', property: 'random', message: 'Take a seed or node:crypto.' },
];

const config = tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'var/', '*.js', '*.cjs'] },
  ...tseslint.configs.recommended,
  {
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-empty': ['error', { allowEmptyCatch: false }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 4],
      'no-console': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Export by name.' },
        { selector: 'TSEnumDeclaration', message: 'Use a union of literals.' },
      ],
      eqeqeq: 'error',
    },
  },
  // Vite takes its configuration as a default export only.
  { files: ['vite.config.ts'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: ['{pipeline,ingest,query}/**/*.ts'],
    ignores: ['**/*.test.ts', '**/main.ts', 'pipeline/time/**'],
    rules: { 'no-restricted-properties': ['error', ...clockAndChance] },
  },
  {
    // A test file is a list of cases, and a table of cases is one function.
    files: ['**/*.test.ts', '**/*.test.tsx'],
    rules: { 'max-lines-per-function': 'off' },
  },
  {
    files: ['scripts/bench*.ts', 'scripts/bench/**'],
    rules: { 'no-console': 'off' },
  },
);

export { config as default };
