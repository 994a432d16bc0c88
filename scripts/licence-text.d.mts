export declare function licenceText(id: string): string;
