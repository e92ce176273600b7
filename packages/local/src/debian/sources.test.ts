import { expect, test } from "vitest";
import { sourcesOfSuite } from "./sources.ts";

const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

test("takes the mirrors of the machine's own suite, with their keyring, and changes the suite alone", () => {
  const stanzas = `Types: deb
# a comment
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: ${keyring}

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
`;
  expect(sourcesOfSuite({ stanzas, lines: "" }, "bookworm", "trixie")).toBe(
    `deb-src [signed-by=${keyring}] http://mirror.example/debian trixie main contrib\n`,
  );
});

test("reads one-line sources and names each mirror once", () => {
  const lines = `# deb http://commented.example/ubuntu noble main
deb http://mirror.example/ubuntu noble main universe # ours
deb http://mirror.example/ubuntu noble main universe
deb-src http://mirror.example/ubuntu noble main universe
deb [arch=amd64 signed-by=/k.gpg] https://other.example/ubuntu noble universe
deb https://tools.example/apt stable main
`;
  expect(sourcesOfSuite({ stanzas: "", lines }, "noble", "resolute")).toBe(
    "deb-src http://mirror.example/ubuntu resolute main universe\n" +
      "deb-src [signed-by=/k.gpg] https://other.example/ubuntu resolute universe\n",
  );
});

test("an embedded key is no keyring file", () => {
  const stanzas = `Types: deb
URIs: http://mirror.example/debian
Suites: trixie
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc/def
 -----END PGP PUBLIC KEY BLOCK-----
`;
  expect(sourcesOfSuite({ stanzas, lines: "" }, "trixie", "forky")).toBe(
    "deb-src http://mirror.example/debian forky main\n",
  );
});
