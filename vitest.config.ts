import { defineConfig, type ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  resolve: { conditions: ["configmanager-source"] },
  ssr: { resolve: { conditions: ["configmanager-source"] } },
  test: {
    include: ["{authoring,cmd,facade,host,internal,plugins,release,test}/**/*.test.ts", "*.test.ts"],
    exclude: ["**/node_modules/**", "dist/**", "test/.build/**", "test/.servers/**", "authoring/new/templates/**"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});

export default config;
