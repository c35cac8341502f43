package main

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/haochaping/haochaping/client"
	"github.com/haochaping/haochaping/internal/sample"
)

// The app that every request comes from.
const (
	appCode   = "BENCH"
	appSecret = "bench-0123456789abcdef0123456789abcdef"
)

// templates is how many different reviews are prepared; each request is one of them with a number of its own.
const templates = 4096

// numberLength is how many characters of a review's subject or person make it unique.
const numberLength = 11

// requests are signed and encoded beforehand, so that a caller only copies bytes. The signature covers the caller and
// the time but no body, so all requests share one, renewed now and then.
type requests struct {
	paasid, secret string
	list           []prepared
	signed         atomic.Pointer[[]byte]
	next           atomic.Uint64
}

type prepared struct {
	head   []byte // request line and the headers that don't change, with the body's length
	body   []byte
	number int // where in body the number goes
}

// prepareReviews makes realistic reviews of all three kinds, of about 800 bytes.
func prepareReviews(paasid, secret string) (*requests, error) {
	q := &requests{paasid: paasid, secret: secret}
	generator := sample.New(1, sample.Options{AppCode: appCode})
	now := time.Now()
	for range templates {
		kind, path, message := generator.Next(now)
		body, err := client.Encode(message)
		if err != nil {
			return nil, err
		}
		name, ok := map[string]string{
			sample.KindAffair: "affairSerialNo", sample.KindGuide: "userId", sample.KindHotline: "workOrderId",
		}[kind]
		if !ok {
			return nil, fmt.Errorf("no field makes a review of kind %s unique", kind)
		}
		q.list = append(q.list, prepared{head: requestHead(path, len(body)), body: body, number: endOf(body, name) - numberLength})
	}
	// Numbers of another run are other numbers: they begin with the time.
	q.next.Store(uint64(now.UnixMilli()) << 14)
	q.sign(now)
	return q, nil
}

func requestHead(path string, length int) []byte {
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\nContent-Type: application/json;charset=utf-8\r\n"+
		"Content-Length: %d\r\n", path, length)
}

// endOf is where the text of a field ends.
func endOf(body []byte, name string) int {
	start := bytes.Index(body, []byte(`"`+name+`":"`)) + len(name) + len(`"":"`)
	return start + bytes.IndexByte(body[start:], '"')
}

// sign renews the signature.
func (q *requests) sign(now time.Time) {
	header := http.Header{}
	client.SignHeaders(header, q.paasid, q.secret, now)
	var text strings.Builder
	_ = header.Write(&text) // a strings.Builder takes everything
	text.WriteString("\r\n")
	signed := []byte(text.String())
	q.signed.Store(&signed)
}

// appendNext puts the next request behind buffer.
func (q *requests) appendNext(buffer []byte) []byte {
	n := q.next.Add(1)
	return q.list[n%uint64(len(q.list))].appendTo(buffer, *q.signed.Load(), n)
}

// digits are what numbers are written in: five bits each.
const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// appendTo puts the request with its number behind buffer; headers are what stands between the fixed ones and the body.
func (p *prepared) appendTo(buffer, headers []byte, number uint64) []byte {
	buffer = append(buffer, p.head...)
	buffer = append(buffer, headers...)
	at := len(buffer) + p.number
	buffer = append(buffer, p.body...)
	for i := numberLength - 1; i >= 0; i-- {
		buffer[at+i] = digits[number&31]
		number >>= 5
	}
	return buffer
}
