package respond

import "net/http"

// Recorder remembers the status of an answer, for metrics.
type Recorder struct {
	http.ResponseWriter
	Status int
}

// Record makes a recorder of what is answered to w.
func Record(w http.ResponseWriter) *Recorder { return &Recorder{w, http.StatusOK} }

// WriteHeader implements http.ResponseWriter.
func (r *Recorder) WriteHeader(status int) {
	r.Status = status
	r.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController through.
func (r *Recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
