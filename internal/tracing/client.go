package tracing

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// tracesPath is where OTLP over HTTP takes traces.
const tracesPath = "/v1/traces"

// client sends spans by OTLP over HTTP, in protobuf. It is ours because the usual one links gRPC, which nobody here speaks
// (docs/decisions.md). It tries once: what a collector did not take is dropped.
type client struct {
	address string
	headers map[string]string
	http    *http.Client
}

func newClient(endpoint string, headers map[string]string) (*client, error) {
	address, err := url.Parse(endpoint)
	if err != nil || address.Host == "" || address.Scheme != "http" && address.Scheme != "https" {
		return nil, errors.New("traces must be the address of a collector, such as http://127.0.0.1:4318")
	}
	return &client{
		address: strings.TrimRight(endpoint, "/") + tracesPath,
		headers: headers,
		http: &http.Client{
			Timeout:       exportTime,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Transport: &http.Transport{
				TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 1,
				MaxResponseHeaderBytes: 16 << 10,
			},
		},
	}, nil
}

// Start implements otlptrace.Client: a connection is made when there is something to send.
func (c *client) Start(context.Context) error { return nil }

// Stop implements otlptrace.Client.
func (c *client) Stop(context.Context) error {
	c.http.CloseIdleConnections()
	return nil
}

// UploadTraces implements otlptrace.Client. TracesData is what a collector's request is, field by field.
func (c *client) UploadTraces(ctx context.Context, spans []*tracepb.ResourceSpans) error {
	body, err := proto.Marshal(&tracepb.TracesData{ResourceSpans: spans})
	if err != nil {
		return fmt.Errorf("encode spans: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.address, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("ask the collector: %w", err)
	}
	request.Header.Set("Content-Type", "application/x-protobuf")
	request.Header.Set("User-Agent", "haochaping")
	for name, value := range c.headers {
		request.Header.Set(name, value)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return fmt.Errorf("reach the collector: %w", err)
	}
	defer response.Body.Close()                                       //nolint:errcheck // the status tells
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10)) // so that the connection can be used again
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("the collector answered %d", response.StatusCode)
	}
	return nil
}
