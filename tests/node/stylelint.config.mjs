// The pages' style sheets: what a browser of 2019 does not know must be something it can do without.

// Whoever lacks these sees the light page, its movements, and the browser's own ring of focus; two quick
// taps make it larger.
const WITHOUT = ["css-focus-visible", "css-touch-action", "pointer", "prefers-color-scheme", "prefers-reduced-motion"];
// Taken for min() and max().
const MINMAX = "css-math-functions";

export default {
  ignoreFiles: ["gateway/static/vendor/**"],
  plugins: ["stylelint-no-unsupported-browser-features"],
  rules: {
    "plugin/no-unsupported-browser-features": [
      true,
      { browsers: ["chrome 70", "ios_saf 12.2"], ignorePartialSupport: true, ignore: [...WITHOUT, MINMAX] },
    ],
  },
};
