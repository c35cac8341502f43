package board

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/haochaping/haochaping/internal/web/respond"
)

// live tells a viewer what changes, by server-sent events, from the blocks on that he has.
func (h *Handler) live(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r)
	if err != nil {
		return err
	}
	s, err := h.parseState(values)
	if err != nil {
		return err
	}
	since := cmp.Or(r.Header.Get("Last-Event-ID"), values.Get("since"))
	c, err := h.hub.enter(s)
	if err != nil {
		return err
	}
	now, err := h.cache.get(r.Context(), shown{state: s})
	if err != nil {
		h.hub.leave(c, 1)
		return err
	}
	header := w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-store, no-transform")
	header.Set("X-Accel-Buffering", "no") // nginx hands on what comes
	header.Set("Vary", "Accept-Encoding")
	gzip := respond.AcceptsGzip(r)
	if gzip {
		header.Set("Content-Encoding", "gzip")
	}
	if r.Method == http.MethodHead {
		h.hub.leave(c, 1)
		return nil
	}
	if r.ProtoMajor > 1 {
		v := newStream(gzip)
		if h.hub.join(c, v, since, now) {
			v.run(w, r)
			h.hub.drop(c, v)
		}
		return nil
	}
	v, err := newLine(w, gzip)
	switch {
	case errors.Is(err, http.ErrNotSupported):
		h.hub.leave(c, 1)
		return err
	case err != nil:
		h.hub.leave(c, 1)
		return nil //nolint:nilerr // he was gone before he was served
	}
	h.hub.join(c, v, since, now)
	return nil
}
