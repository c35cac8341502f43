package respond

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Kept is a finished answer that is sent many times: as it is and compressed, with the ETag of its content.
type Kept struct {
	contentType string
	etag        string // of the content; weak, for the end of an envelope is another one each time
	body        []byte
	packed      []byte // a gzip file without its end: see end
	sum         uint32 // CRC-32 of body
}

// packers compress, one text after the other: each holds a megabyte.
var packers = sync.Pool{New: func() any {
	w, err := flate.NewWriter(nil, flate.DefaultCompression)
	if err != nil {
		panic(err) // the level is a constant
	}
	return w
}}

// packedAtOnce is how much is compressed before others may pass: half a millisecond's work.
const packedAtOnce = 16 << 10

// Deflate compresses a text behind head. It ends at a whole byte, and may go on.
func Deflate(head, text []byte) []byte {
	var packed bytes.Buffer
	packed.Write(head)
	w := packers.Get().(*flate.Writer)
	defer packers.Put(w)
	w.Reset(&packed)
	for piece := range slices.Chunk(text, packedAtOnce) {
		_, _ = w.Write(piece) // to memory
		runtime.Gosched()     // whoever sends a review passes
	}
	_ = w.Flush()
	return bytes.Clone(packed.Bytes())
}

// Keep finishes an answer.
func Keep(contentType string, body []byte) *Kept {
	digest := sha256.Sum256(append([]byte(contentType+"\n"), body...))
	return &Kept{
		contentType: contentType, etag: `W/"` + base64.RawURLEncoding.EncodeToString(digest[:12]) + `"`,
		body: body, packed: Deflate(GzipHead, body), sum: crc32.ChecksumIEEE(body),
	}
}

// KeepData finishes an answer of code 0 with data; Serve must be given the end of its envelope.
func KeepData(data any) *Kept {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(&Envelope{Code: CodeSuccess, Message: "成功", Data: data}); err != nil {
		panic(err) // our own types always encode
	}
	head, whole := bytes.CutSuffix(body.Bytes(), []byte(envelopeEnd("")))
	if !whole {
		panic("the envelope does not end with requestId")
	}
	return Keep(contentType[0], head)
}

// envelopeEnd ends an envelope with the id of the request.
func envelopeEnd(requestID string) string { return `"requestId":"` + requestID + `"}` + "\n" }

// Body is the content. It must not be changed.
func (k *Kept) Body() []byte { return k.body }

func (k *Kept) size() int { return len(k.body) + len(k.packed) }

// Serve answers with the content, or says that the caller has it already. Cache-Control is the caller's to set.
func (k *Kept) Serve(w http.ResponseWriter, r *http.Request) { k.serve(w, r, "") }

// ServeData answers with an envelope of KeepData and gives the code that it answers.
func (k *Kept) ServeData(w http.ResponseWriter, r *http.Request) int {
	k.serve(w, r, envelopeEnd(RequestID(w)))
	return CodeSuccess
}

func (k *Kept) serve(w http.ResponseWriter, r *http.Request, end string) {
	header := w.Header()
	header.Set("Etag", k.etag)
	header.Add("Vary", "Accept-Encoding")
	if matches(r.Header.Get("If-None-Match"), k.etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	header.Set("Content-Type", k.contentType)
	body, rest := k.body, []byte(end)
	if AcceptsGzip(r) {
		header.Set("Content-Encoding", "gzip")
		body, rest = k.packed, k.end(end)
	}
	header.Set("Content-Length", strconv.Itoa(len(body)+len(rest)))
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(body) // a caller that hung up loses his answer only
	_, _ = w.Write(rest)
}

// GzipHead begins a gzip file (RFC 1952): deflate, no name, no time, no system. What Deflate gives may follow it.
var GzipHead = []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff}

// end ends the packed content with a text that is not compressed: a last block stored as it is (RFC 1951, 3.2.4), then the
// checksum and the length of all (RFC 1952, 2.3.1). So what is sent to thousands is compressed once, though its end differs.
func (k *Kept) end(text string) []byte {
	length := uint16(len(text)) //nolint:gosec // the end of an envelope
	end := make([]byte, 0, len(text)+13)
	end = append(end, 1)
	end = binary.LittleEndian.AppendUint16(end, length)
	end = binary.LittleEndian.AppendUint16(end, ^length)
	end = append(end, text...)
	end = binary.LittleEndian.AppendUint32(end, crc32.Update(k.sum, crc32.IEEETable, []byte(text)))
	return binary.LittleEndian.AppendUint32(end, uint32(len(k.body)+len(text))) //nolint:gosec // modulo 2^32 (RFC 1952)
}

// matches says whether a header If-None-Match names an ETag (RFC 9110, 13.1.2).
func matches(header, etag string) bool {
	for one := range strings.SplitSeq(header, ",") {
		one = strings.TrimSpace(one)
		if one == "*" || strings.TrimPrefix(one, "W/") == strings.TrimPrefix(etag, "W/") {
			return true
		}
	}
	return false
}

// AcceptsGzip says whether a request takes what gzip packed (Accept-Encoding: RFC 9110, 12.5.3); what it says of gzip goes before
// what it says of all.
func AcceptsGzip(r *http.Request) (accepted bool) {
	for _, header := range r.Header.Values("Accept-Encoding") {
		for one := range strings.SplitSeq(header, ",") {
			coding, weight, _ := strings.Cut(strings.ReplaceAll(one, " ", ""), ";")
			q, err := strconv.ParseFloat(strings.TrimPrefix(weight, "q="), 64)
			switch {
			case strings.EqualFold(coding, "gzip"):
				return err != nil || q > 0
			case coding == "*":
				accepted = err != nil || q > 0
			}
		}
	}
	return accepted
}
