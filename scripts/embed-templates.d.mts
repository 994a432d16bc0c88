/** The text of `authoring/new/templates.gen.ts`, made anew of the files in `authoring/new/templates`. */
export declare function templatesModule(): string;
