package app

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/haochaping/haochaping/client"
	"github.com/haochaping/haochaping/internal/load"
)

// caller is how an integrator's command proves who it is. The secret never stands in the process's arguments.
type caller struct {
	PaasID     string `help:"调用方标识。" name:"paasid" required:""`
	SecretFile string `help:"密钥文件，内容为应用的密钥；缺省取环境变量 HAOCHAPING_SECRET。" placeholder:"FILE"`
}

func (c *caller) secret() (string, error) {
	if c.SecretFile == "" {
		if secret := os.Getenv("HAOCHAPING_SECRET"); secret != "" {
			return secret, nil
		}
		return "", errors.New("须用 --secret-file 或环境变量 HAOCHAPING_SECRET 给出应用的密钥")
	}
	return readSecret(c.SecretFile)
}

func readSecret(file string) (string, error) {
	text, err := os.ReadFile(file) //nolint:gosec // the operator names his own file
	if err != nil {
		return "", fmt.Errorf("read secret: %w", err)
	}
	secret := strings.TrimSpace(string(text))
	if secret == "" {
		return "", fmt.Errorf("密钥文件 %s 是空的", file)
	}
	return secret, nil
}

type signCommand struct {
	caller
	Method string `help:"请求方法。" default:"POST"`
	Path   string `help:"请求路径，含查询串。" default:"/ping/ebus/affair/eval"`
	Body   string `help:"请求体文件；与 --digest 一起使用。" placeholder:"FILE"`
	Digest string `help:"同时对请求体签名：sm3 或 sha256。"`
}

// Run prints the headers of a signed request, one a line, as curl takes them: curl -H @FILE.
func (s *signCommand) Run(c *console) error {
	secret, err := s.secret()
	if err != nil {
		return err
	}
	if s.Body != "" && s.Digest == "" {
		return errors.New("--body 须与 --digest 一起使用：没有 --digest 的签名与请求体无关")
	}
	if !strings.HasPrefix(s.Path, "/") { // else its beginning would be taken for the host, and left out
		return errors.New("path 应以 / 开头，如 " + client.PathAffair)
	}
	var options []client.Option
	if s.Digest != "" {
		algorithm := client.Algorithm(s.Digest)
		if !algorithm.Valid() {
			return errors.New("digest 应为 sm3 或 sha256")
		}
		options = append(options, client.WithBodyDigest(algorithm))
	}
	var body []byte
	if s.Body != "" {
		if body, err = os.ReadFile(s.Body); err != nil {
			return fmt.Errorf("读不了请求体文件：%w", err)
		}
	}
	request, err := http.NewRequestWithContext(c, strings.ToUpper(s.Method), "http://localhost"+s.Path, http.NoBody)
	if err != nil {
		return fmt.Errorf("method 或 path 不合法：%w", err)
	}
	client.New("", s.PaasID, secret, options...).Sign(request, body)
	return request.Header.Write(c.out)
}

type benchCommand struct {
	caller
	Target      string        `help:"服务地址。" default:"http://127.0.0.1:8080" placeholder:"URL"`
	App         string        `help:"应用编码；须获分配四个评价对象。" required:""`
	Rate        float64       `help:"每秒几条，0 为不限速。" default:"0"`
	Duration    time.Duration `help:"发送多久。" default:"10s"`
	Count       uint64        `help:"最多几条，0 为不限。" default:"0"`
	Callers     int           `help:"并发数。" default:"64"`
	Seed        uint64        `help:"样例数据的种子，0 为随机。" default:"0"`
	Digest      string        `help:"同时对请求体签名：sm3 或 sha256。"`
	NoVerify    bool          `help:"不核对已确认的评价。"`
	AllowRemote bool          `help:"允许压测其他机器；会写入大量虚构评价。"`
	Quiet       bool          `help:"不显示进度。"`
}

// Run drives a running server and prints what it measured; exit status 1 when the server did not do its duty.
func (b *benchCommand) Run(c *console) error {
	secret, err := b.secret()
	if err != nil {
		return err
	}
	options := load.Options{
		Target: b.Target, AppCode: b.App, PaasID: b.PaasID, Secret: secret, Rate: b.Rate, Duration: b.Duration, Count: b.Count,
		Callers: b.Callers, Seed: b.Seed, BodyDigest: client.Algorithm(b.Digest), Verify: !b.NoVerify, AllowRemote: b.AllowRemote,
	}
	if !b.Quiet {
		options.Progress = c.err
	}
	report, err := load.Run(c, options)
	if report.Requests > 0 {
		if err := report.Write(c.out); err != nil {
			return err
		}
	}
	if err == nil && !report.OK() {
		return exit(1)
	}
	return err
}
