// Collects what the content security policy blocked, so that a test can ask for an empty list.
// It is the first script of the page and the only one without `defer`.
window.cspViolations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.cspViolations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
});
