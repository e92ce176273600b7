import type { Reporter } from "vitest/node";

/** Ends a run with one plain line, `N passed, N failed`, that scripts can add up. Skipped tests are counted apart. */
export default class CountReporter implements Reporter {
  onTestRunEnd: NonNullable<Reporter["onTestRunEnd"]> = (modules, unhandledErrors) => {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      // A module that cannot even be loaded has no tests to count, and must not pass for that.
      const states = [...module.children.allTests()].map((test) => test.result().state);
      if (!module.ok() && !states.includes("failed")) counts.failed += 1;
      for (const state of states) counts[state === "passed" || state === "failed" ? state : "skipped"] += 1;
    }
    const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
    process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed${skipped}\n`);
  };
}
