// Starts Redoc, with the fonts that the machine has.
const text = "system-ui, sans-serif";
const code = "ui-monospace, monospace";
Redoc.init(
  "/openapi.json",
  {
    hideDownloadButton: false,
    sanitize: true,
    theme: {
      typography: { fontFamily: text, headings: { fontFamily: text }, code: { fontFamily: code } },
    },
  },
  document.getElementById("redoc"),
);
