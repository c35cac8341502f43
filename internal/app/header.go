package app

import "net/http"

// maxHeader is how many bytes a request's line and headers may have in all (integration.md 4).
const maxHeader = 16 << 10

// refuseHeader refuses a request whose headers are too large, as net/http does: no envelope. Of HTTP/1 net/http reads 4 KiB more than
// it is told to, for the sake of its buffer; of HTTP/2 it keeps to the limit.
func refuseHeader(w http.ResponseWriter, r *http.Request) bool {
	if r.ProtoMajor > 1 || headerSize(r) <= maxHeader {
		return false
	}
	w.Header().Set("Connection", "close")
	http.Error(w, "431 Request Header Fields Too Large", http.StatusRequestHeaderFieldsTooLarge)
	return true
}

// headerSize is how many bytes stood before the body. Blanks around values are not counted: nobody sees them any more.
func headerSize(r *http.Request) int {
	const line, field, host = len("  \r\n\r\n"), len(": \r\n"), len("Host: \r\n")
	size := len(r.Method) + len(r.RequestURI) + len(r.Proto) + line + host + len(r.Host)
	for name, values := range r.Header {
		for _, value := range values {
			size += len(name) + field + len(value)
		}
	}
	return size
}
