package console

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// An export is downloaded by the browser itself, which shows bytes and, as nobody knows how many there will be, no end. A script
// on the page asks once a second how many rows have gone out; without it only that is missing. What is asked about is known to the
// process that exports: behind a balancer that sends the question to another one the page says to look at the browser's list.

// progressName is the export's id in its address, which the page's script makes.
const progressName = "progress"

// Bounds of what is remembered about exports.
const (
	maxExports   = 1000 // at once and just ended
	exportMemory = time.Minute
	minExportID  = 16
	maxExportID  = 40
)

// States of an export, as the script reads them.
const (
	exportUnknown = "unknown" // not begun, or another process's
	exportRunning = "running"
	exportDone    = "done"
	exportFailed  = "failed" // nobody has a whole file
)

// exportKey is an export of a login: nobody asks about another's.
type exportKey struct{ login, id string }

// exportState is how far an export is.
type exportState struct {
	rows  atomic.Int64
	state string
	why   string // it failed, in words
	ended time.Time
}

// exports are those under way and just ended.
type exports struct {
	mu    sync.Mutex
	known map[exportKey]*exportState
}

// begin remembers the export that a request asks for. Where nobody will ask it is still counted.
func (e *exports) begin(r *http.Request, now time.Time) *exportState {
	state := &exportState{state: exportRunning}
	id := r.URL.Query().Get(progressName)
	if !isExportID(id) {
		return state
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for key, known := range e.known {
		if !known.ended.IsZero() && now.Sub(known.ended) >= exportMemory {
			delete(e.known, key)
		}
	}
	key := exportKey{staff(r).Login, id}
	if e.known[key] != nil || len(e.known) >= maxExports {
		return state
	}
	if e.known == nil {
		e.known = map[exportKey]*exportState{}
	}
	e.known[key] = state
	return state
}

// end remembers how an export ended; why says it in words when it failed.
func (e *exports) end(state *exportState, now time.Time, failed bool, why string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	state.state, state.why, state.ended = exportDone, why, now
	if failed {
		state.state = exportFailed
	}
}

func isExportID(id string) bool {
	return len(id) >= minExportID && len(id) <= maxExportID && strings.Trim(id, "0123456789abcdef") == ""
}

// exportTold is what the script is told.
type exportTold struct {
	State string `json:"state"`
	Rows  int64  `json:"rows"`
	Why   string `json:"why,omitempty"`
}

func (e *exports) told(login, id string) exportTold {
	e.mu.Lock()
	defer e.mu.Unlock()
	state := e.known[exportKey{login, id}]
	if state == nil {
		return exportTold{State: exportUnknown}
	}
	return exportTold{state.state, state.rows.Load(), state.why}
}

// showExport is GET /console/exports/{export}: how far one's own export is, as JSON for the page's script.
func (h *Handler) showExport(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	return json.NewEncoder(w).Encode(h.exporting.told(staff(r).Login, r.PathValue("export")))
}
