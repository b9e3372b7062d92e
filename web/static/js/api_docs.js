// Draws the interface's schema; everything comes from this server, nothing is sent elsewhere.
const place = document.getElementById("schema");
window.SwaggerUIBundle({
  url: place.dataset.schema,
  domNode: place,
  deepLinking: true,
  docExpansion: "list",
  validatorUrl: null,
  persistAuthorization: false,
  tryItOutEnabled: false,
});
