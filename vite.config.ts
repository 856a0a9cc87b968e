import { defineConfig } from 'vite';

/** Builds the page into `dist/web-client`: hashed assets, fonts inside, nothing fetched from elsewhere. */
export default defineConfig({
  root: 'web-client',
  base: '/',
  build: {
    outDir: '../dist/web-client',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
});
