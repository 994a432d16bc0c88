import { checksumOf, downloadUrl, type Release } from "./download.ts";

/** The formula `configmanager.rb` of a Homebrew tap: the executables for macOS and for Linux with glibc. */
export function homebrewFormula(release: Release): string {
  return `class Configmanager < Formula
  desc "Replaces tokens in config files by values of secret and parameter stores"
  homepage ${ruby(release.homepage)}
  version ${ruby(release.version)}
  license "MIT"

  on_macos do
${onProcessors(release, "darwin")}
  end

  on_linux do
${onProcessors(release, "linux")}
  end

  def install
    bin.install Dir["configmanager-*"].first => "configmanager"
    chmod 0755, bin/"configmanager"
    generate_completions_from_executable(bin/"configmanager", "completion")
  end

  test do
    (testpath/"in.txt").write "user=ENV://BREW_TEST_USER[default=app]"
    assert_equal "user=app", shell_output("#{bin}/configmanager render in.txt")
    assert_match version.to_s, shell_output("#{bin}/configmanager --version")
  end
end
`;
}

function onProcessors(release: Release, os: string): string {
  const processors = [
    ["on_arm", "arm64"],
    ["on_intel", "amd64"],
  ] as const;
  return processors
    .map(([block, arch]) => {
      const file = `configmanager-${os}-${arch}`;
      return `    ${block} do
      url ${ruby(downloadUrl(release, file))}
      sha256 ${ruby(checksumOf(release, file))}
    end`;
    })
    .join("\n");
}

/** A string literal of Ruby in which nothing is expanded. */
function ruby(text: string): string {
  return `"${text.replaceAll(/["\\#]/g, "\\$&")}"`;
}
