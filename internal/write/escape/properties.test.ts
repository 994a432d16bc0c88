import { describeEscaping } from "../../../test/helpers/escape-table.ts";

describeEscaping("properties", [
  ["k=§0\n", "a=b:c#d!e \\ ", "k=a=b:c#d!e \\\\ \n"],
  ["k=§0\n", "  a", "k=\\  a\n"],
  ["k §0\n", "=a", "k \\=a\n"],
  ["k=§0\n", "\t\n\r\f\0", "k=\\t\\n\\r\\f\\u0000\n"],
  ["k=§0\n", "é😀", "k=\\u00e9\\ud83d\\ude00\n"],
  ["k = a,\\\n  §0\n", " b", "k = a,\\\n  \\ b\n"],
  ["§0=1\n", "a b:c#", "a\\ b\\:c\\#=1\n"],
  ["# §0\\\nk=§1\n", ["a#", "b\\"], "# a#\\\nk=b\\\\\n"],
  ["! §0\r\n", "a\nk=v", /a comment/],
  ["k=\\§0", "n", /behind "\\"/],
]);
