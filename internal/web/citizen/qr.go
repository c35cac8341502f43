package citizen

import (
	"net/http"
	"path"
	"strconv"

	"github.com/haochaping/haochaping/internal/qrcode"
	"github.com/haochaping/haochaping/internal/web/respond"
)

// Sizes of a picture, in pixels.
const (
	usualPixels   = 300
	fewestPixels  = 120
	greatestPixel = 1200
)

// picture draws the dynamic code of a message, for business systems that print it on a receipt: /ping/qr.svg?msg=…[&k=…],
// with tablet=1 for the counter's tablet.
func (h *Handler) picture(w http.ResponseWriter, r *http.Request) error {
	m, err := readMessage(r.URL.RawQuery)
	if err != nil {
		return unreadable(r)
	}
	query := r.URL.Query()
	page := "/ping/hallqr.html"
	if query.Get("tablet") != "" {
		page = "/ping/pb/hallqr.html"
	}
	address := h.BaseURL + page + "?msg=" + m.encode()
	if k := query.Get("k"); k != "" {
		if !acceptable(k, 64) {
			return unreadable(r)
		}
		address += "&k=" + k
	}
	pixels := usualPixels
	if n, err := strconv.Atoi(query.Get("size")); err == nil && n >= fewestPixels && n <= greatestPixel {
		pixels = n
	}
	var options []qrcode.Option
	if h.Test {
		options = append(options, qrcode.TestMark())
	}
	var drawn []byte
	kind := "image/svg+xml"
	if path.Ext(r.URL.Path) == ".png" {
		kind = "image/png"
		drawn, err = qrcode.PNG(address, qrcode.M, pixels, options...)
	} else {
		drawn, err = qrcode.SVG(address, qrcode.M, options...)
	}
	if err != nil {
		return err
	}
	header := w.Header()
	header.Set("Content-Type", kind)
	header.Set("Cache-Control", "private, max-age=3600")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	respond.Share(header)
	header.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(drawn) //nolint:gosec // a picture of our drawing, under a policy that runs nothing; a reader that hung up loses his picture only
	return nil
}
