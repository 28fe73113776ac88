package api

import (
	"net/http"

	"github.com/swaggest/swgui/v5/static"
	"github.com/vearutop/statigz"
)

// docsPage shows the OpenAPI document in Swagger UI, whose files are in the program. It is a constant: a template, of
// which it would be one, has the linker keep every exported method of every type, five megabytes of them.
const docsPage = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<title>vmmp</title>
<link rel="stylesheet" type="text/css" href="/docs/swagger-ui.css">
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png" sizes="32x32">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/swagger-ui-standalone-preset.js"></script>
<script>
window.onload = function () {
	window.ui = SwaggerUIBundle({
		url: "/openapi.json",
		dom_id: "#swagger-ui",
		deepLinking: true,
		presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
		plugins: [SwaggerUIBundle.plugins.DownloadUrl],
		layout: "StandaloneLayout",
		showExtensions: true,
		showCommonExtensions: true,
		validatorUrl: null,
		defaultModelsExpandDepth: -1,
	});
}
</script>
</body>
</html>
`

// serveDocs answers GET /docs and what the page asks for.
func serveDocs(mux *http.ServeMux) {
	page := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(docsPage)) // whoever left does not miss it
	}
	mux.HandleFunc("GET /docs", page)
	mux.HandleFunc("GET /docs/{$}", page)
	mux.Handle("GET /docs/", http.StripPrefix("/docs/", statigz.FileServer(static.FS)))
}
