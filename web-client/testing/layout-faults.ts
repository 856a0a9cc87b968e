import type { Page } from 'playwright-core';

/**
 * What is wrong with a page's layout, one line per fault: texts that cover each other, that leave the screen
 * or their
 * panel, that are smaller than 24 px at 1080 lines, and names on the map that cover another station's mark.
 */
export function layoutFaults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    interface Text {
      readonly text: string;
      readonly node: Element;
      readonly left: number;
      readonly right: number;
      readonly top: number;
      readonly bottom: number;
    }
    const faults: string[] = [];
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const texts: Text[] = [];
    // What lies under an open sheet is not looked at, nor what scrolls inside it.
    const top = document.querySelector('dialog[open]') ?? document.body;
    const walker = document.createTreeWalker(top, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const parent = node.parentElement;
      const text = (node.textContent ?? '').trim();
      if (parent === null || text === '' || parent.closest('[data-scroll]') !== null) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const size = parseFloat(getComputedStyle(parent).fontSize);
      const scale = parent instanceof SVGGraphicsElement ? (parent.getScreenCTM()?.d ?? 1) : 1;
      if (size * scale < 2.4 * rem - 0.6) faults.push(`small: "${text}" ${(size * scale).toFixed(1)}`);
      for (const box of range.getClientRects()) {
        // A line's box has room for accents above and below; what is inked are about its middle three fifths.
        const inset = box.height * 0.22;
        const { left, right } = box;
        texts.push({ text, node: parent, left, right, top: box.top + inset, bottom: box.bottom - inset });
      }
    }
    const covers = (one: Omit<Text, 'text' | 'node'>, other: Omit<Text, 'text' | 'node'>): boolean =>
      Math.min(one.right, other.right) - Math.max(one.left, other.left) > 1 &&
      Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 1;
    for (const [index, one] of texts.entries()) {
      if (one.left < -1 || one.right > innerWidth + 1 || one.top < -1 || one.bottom > innerHeight + 1) {
        faults.push(`outside the screen: "${one.text}"`);
      }
      const inset = one.node.closest('[data-inset]')?.querySelector('rect');
      const panel = (
        inset ?? one.node.closest('.panel, .head, .facts, .proof, dialog')
      )?.getBoundingClientRect();
      if (
        panel !== undefined &&
        (one.left < panel.left || one.right > panel.right || one.bottom > panel.bottom)
      ) {
        faults.push(`outside its panel: "${one.text}"`);
      }
      for (const other of texts.slice(index + 1)) {
        if (covers(one, other)) faults.push(`covered: "${one.text}" and "${other.text}"`);
      }
    }
    for (const mark of top.querySelectorAll('[data-mark]')) {
      const box = mark.getBoundingClientRect();
      const { left, right, top, bottom } = box;
      for (const { text, node, ...at } of texts) {
        const owner = node.closest('[data-mark], [data-label]');
        if (owner === null || owner === mark) continue;
        if (covers({ left, right, top, bottom }, at)) {
          faults.push(`"${text}" covers the mark of ${mark.getAttribute('data-mark') ?? ''}`);
        }
      }
    }
    const { scrollWidth, scrollHeight } = document.documentElement;
    if (scrollWidth > innerWidth + 4 || scrollHeight > innerHeight + 4) faults.push('the page scrolls');
    return faults;
  });
}
