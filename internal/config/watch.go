package config

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"
)

// Watch says what is told of the program's own work, and to whom.
type Watch struct {
	Traces string `help:"OpenTelemetry 采集器地址（OTLP/HTTP，不含 /v1/traces）；不设则不产生调用链。也可用 OTEL_EXPORTER_OTLP_ENDPOINT。" placeholder:"URL" env:"HAOCHAPING_TRACES,OTEL_EXPORTER_OTLP_ENDPOINT"`
	// TraceHeadersFile may hold a collector's token, so it is a file; see Headers.
	TraceHeadersFile string        `help:"随调用链发送的请求头（如采集器的令牌）所在的文件：名=值，逗号分隔。也可用环境变量 OTEL_EXPORTER_OTLP_HEADERS。" placeholder:"FILE"`
	TraceRatio       float64       `help:"保留多大比例的调用链，大于 0、不超过 1。" default:"1" placeholder:"N"`
	SlowQuery        time.Duration `help:"数据库语句超过多久即记入日志并计数（只记名称，不记参数）；0 为不记。" default:"1s"`
}

// Check reports everything that is wrong, joined.
func (w *Watch) Check() error {
	var faults []error
	refuse := func(when bool, format string, arguments ...any) {
		if when {
			faults = append(faults, fmt.Errorf(format, arguments...))
		}
	}
	address, err := url.Parse(w.Traces)
	refuse(w.Traces != "" && (err != nil || address.Host == "" || address.Scheme != "http" && address.Scheme != "https" || address.User != nil || address.RawQuery != ""),
		"traces 应为采集器的地址，如 http://127.0.0.1:4318")
	refuse(w.Traces != "" && !(w.TraceRatio > 0 && w.TraceRatio <= 1), "trace-ratio 应大于 0、不超过 1")
	refuse(w.SlowQuery < 0 || w.SlowQuery > time.Hour, "slow-query 应为 0 到 1h")
	return errors.Join(faults...)
}

// Headers go with every export of traces: name=value, parted by commas, values written as in an address (%20), as OpenTelemetry
// has it.
func (w *Watch) Headers() (map[string]string, error) {
	text := os.Getenv("OTEL_EXPORTER_OTLP_HEADERS")
	if w.TraceHeadersFile != "" {
		content, err := os.ReadFile(w.TraceHeadersFile)
		if err != nil {
			return nil, fmt.Errorf("读不了 trace-headers-file：%w", err)
		}
		text = string(content)
	}
	headers := map[string]string{}
	if text = strings.TrimSpace(text); text == "" {
		return headers, nil
	}
	for pair := range strings.SplitSeq(text, ",") {
		name, value, ok := strings.Cut(pair, "=")
		decoded, err := url.PathUnescape(strings.TrimSpace(value))
		if name = strings.TrimSpace(name); !ok || name == "" || err != nil {
			return nil, errors.New("trace-headers-file（或 OTEL_EXPORTER_OTLP_HEADERS）的内容应为 名=值，以逗号分隔")
		}
		headers[name] = decoded
	}
	return headers, nil
}
