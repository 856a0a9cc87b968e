/** Languages of the pages; Vietnamese is the first. */
export type Language = 'vi' | 'en';
