import { describeEscaping } from "../../../test/helpers/escape-table.ts";

describeEscaping("xml", [
  ["<r>§0</r>", "a<b>&c \"d' \r\n", "<r>a&lt;b&gt;&amp;c \"d' &#13;\n</r>"],
  ["<r>§0</r>", "]]>", "<r>]]&gt;</r>"],
  ["<r>§0></r>", "]]", "<r>&#93;&#93;></r>"],
  ["<r>§0</r>", "\u0001", /XML text: it holds a character that XML cannot have, not even escaped; .*as=base64/],
  ['<r a="§0">', "\"'<>&\n\t\r", '<r a="&quot;&apos;&lt;&gt;&amp;&#10;&#9;&#13;">'],
  ["<r a='§0'/>", "it's", "<r a='it&apos;s'/>"],
  ["<r><![CDATA[§0]]></r>", "<a>&]]>\r", "<r><![CDATA[<a>&]]]]><![CDATA[>]]>&#13;<![CDATA[]]></r>"],
  ["<r><![CDATA[]]§0]]></r>", ">", "<r><![CDATA[]]]]><![CDATA[>]]></r>"],
  ["<r><![CDATA[§0]>]]></r>", "]", "<r><![CDATA[]]]><![CDATA[]>]]></r>"],
  ["<!-- §0 -->", "a -> b", "<!-- a -> b -->"],
  ["<!-- §0 -->", "a--", /two hyphens/],
  ["<!--§0-->", "a-", /two hyphens/],
  ["<§0/>", "name", "<name/>"],
  ["<§0/>", "a b='c'", /an XML name/],
  ["<r §0='x'/>", "a>", /an XML name/],
  ["<?php §0 ?>", "v1.0", "<?php v1.0 ?>"],
  ["<?php §0 ?>", "?>", /not known/],
  ["<!DOCTYPE §0>", "a b", /not known/],
  ["<r>§0</r>", [Uint8Array.of(0xff)], /not UTF-8/],
]);
