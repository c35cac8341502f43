package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/integrator"
	"github.com/haochaping/haochaping/internal/org"
)

type demoCommand struct {
	Listen  string `help:"监听地址；端口被占用时另选一个。" default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	Reviews int    `help:"样例评价条数。" default:"50000"`
	Folder  string `help:"演示自己的文件夹，没有时建立，里面不能有别的数据库；缺省用临时文件夹，结束时删除。" placeholder:"DIR"`
}

// mostSamples are as many as a demo may be filled with: a province's year.
const mostSamples = 10_000_000

// check reports everything that is wrong, joined.
func (d *demoCommand) check() error {
	err := config.CheckListen(d.Listen)
	if d.Reviews < 0 || d.Reviews > mostSamples {
		err = errors.Join(err, fmt.Errorf("reviews 应为 0 到 %d", mostSamples))
	}
	return err
}

// demoApp is the integrator that the demo's reviews come through.
const demoApp = "demo"

// Run starts everything on an embedded database, fills it through the interfaces as a business system would, and goes on
// until a signal.
func (d *demoCommand) Run(c *console) (err error) {
	if err := d.check(); err != nil {
		return err
	}
	folder := d.Folder
	if folder == "" {
		if folder, err = os.MkdirTemp("", "haochaping-demo-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	}
	mark, err := claimFolder(folder)
	if err != nil {
		return err
	}
	defer mark.Close() //nolint:errcheck // nothing is written into it
	storage := &config.Storage{
		Database: "sqlite:" + filepath.Join(folder, demoDatabase), Seal: "sm4", RootRegion: org.Guangdong()[0].Code,
	}
	server := &config.Server{
		Pages:     config.Pages{Environment: config.Production},
		Console:   config.Console{ConsoleWithoutTOTP: true}, // a demo asks nobody for his telephone
		Retention: config.Retention{RetentionMonths: 36},    // as serve begins
		Board:     config.Board{Viewers: 20_000},
		Listen:    d.Listen, GatewayMode: config.Verify, GatewayWindow: 3 * time.Minute, Queue: 4096, Batch: 512, LogLevel: "warn", Connections: 8192,
	}
	log := slog.New(slog.NewJSONHandler(c.err, &slog.HandlerOptions{Level: server.Level()}))
	h, err := open(c, storage, true)
	if err != nil {
		return err
	}
	app, err := h.demoApp(c)
	if err != nil {
		return errors.Join(err, h.close())
	}
	if err := h.furnishDemo(c); err != nil {
		return errors.Join(err, h.close())
	}
	listener, err := listenSomewhere(c, d.Listen)
	if err != nil {
		return errors.Join(err, h.close())
	}
	server.BaseURL = "http://" + listener.Addr().String()
	s, err := newService(c, h, storage.RootRegion, server, true, log)
	if err != nil {
		return errors.Join(err, closeQuietly(listener), h.close())
	}
	return s.demonstrate(c, listener, app, d.Reviews)
}

// demonstrate serves, fills and tells where to look. Whatever ends the filling ends the serving, too.
func (s *service) demonstrate(c *console, listener net.Listener, app *integrator.App, reviews int) error {
	ctx, cancel := context.WithCancel(c)
	defer cancel()
	served := make(chan error, 1)
	go func() { served <- s.serve(ctx, listener) }()
	base := "http://" + listener.Addr().String()
	samples, err := s.fillDemo(ctx, c, base, app, reviews)
	if err != nil {
		cancel()
		if c.Err() != nil { // stopped by the person
			err = nil
		}
		return errors.Join(err, <-served)
	}
	password, err := s.hireDemo(ctx)
	if err == nil {
		err = s.plantDemo(ctx)
	}
	if err != nil {
		cancel()
		return errors.Join(err, <-served)
	}
	c.printf("%s", welcome(base, app, s.demoPages(ctx, base, app), consoleWelcome(base, password)))
	samples.trickle(ctx, s.log)
	return <-served
}

// fillDemo fills it. A folder that was used before gets others than before.
func (s *service) fillDemo(ctx context.Context, c *console, base string, app *integrator.App, reviews int) (*samples, error) {
	before, err := s.figures.Total(ctx, figures.Scope{Region: org.AllRegions, Span: figures.Span{To: beijing.Day(time.Now())}})
	if err != nil {
		return nil, err
	}
	all := s.newSamples(base, app, uint64(before.Total())) //nolint:gosec // it is not below zero
	return all, all.fill(ctx, c, reviews)
}

// demoApp registers the demo's app, or finds it in a folder that was used before.
func (h *house) demoApp(ctx context.Context) (*integrator.App, error) {
	apps, err := h.apps.List(ctx)
	if err != nil {
		return nil, err
	}
	for i := range apps {
		if apps[i].Code == demoApp {
			return &apps[i], nil
		}
	}
	app := integrator.App{Code: demoApp, PaasID: demoApp, Name: "演示应用", Affairs: true}
	for _, entity := range h.entities.All() {
		app.Entities = append(app.Entities, entity.Code)
	}
	secret, err := h.apps.Create(ctx, app)
	app.Secrets = []string{secret}
	return &app, err
}

func listenSomewhere(ctx context.Context, address string) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		host, _, _ := net.SplitHostPort(address) // it was split before
		return (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
	}
	return listener, err
}

// welcome says where to look and gives a line to paste into a shell. The line signs as domain.md 1 says.
func welcome(base string, app *integrator.App, pages [][2]string, console string) string {
	var text strings.Builder
	text.WriteString("\n好差评演示已就绪，评价还在不断进来。按 Ctrl+C 结束。\n\n")
	for _, link := range pages {
		fmt.Fprintf(&text, "  %s  %s\n", link[0], link[1])
	}
	text.WriteString("\n" + console + "\n")
	for _, link := range [][2]string{
		{"效能监督", "/ping/board"},
		{"各市排名", "/ping/apis/statistics?regionCode=440000000000"},
		{"部门排名", "/ping/apis/statistics?regionCode=440000000000&type=2"},
		{"主动评价", "/ping/apis/response?regionCode=440000000000"},
		{"星级分布", "/ping/apis/evals/stars"},
		{"评价对象", "/ping/apis/entity/eval/count"},
		{"群众点赞", "/ping/apis/tag/positions?type=1"},
		{"群众吐槽", "/ping/apis/tag/positions?type=2"},
		{"最新评价", "/ping/apis/evals"},
		{"公开数据", "/ping/openapi.html"},
		{"接口文档", "/ping/openapi.json"},
		{"运行指标", "/metrics"},
	} {
		fmt.Fprintf(&text, "  %s  %s%s\n", link[0], base, link[1])
	}
	fmt.Fprintf(&text, "\n  应用编码（appCode）  %s\n  调用方（paasid）     %s\n  密钥                 %s\n\n", app.Code, app.PaasID, app.Secrets[0])
	text.WriteString("把下面一行粘贴到终端，提交一条五星评价（同一行可反复粘贴）：\n\n")
	fmt.Fprintf(&text, curlLine, app.Secrets[0], base, app.PaasID, app.Code)
	return text.String()
}

const curlLine = `key=%s; ts=$(date +%%s); now=$(TZ=CST-8 date +%%Y%%m%%d%%H%%M%%S); nonce=demo$RANDOM; ` +
	`sign=$(printf %%s "$ts$key$nonce$ts" | openssl dgst -sha256 -r | cut -c1-64); ` +
	`curl -s %s/ping/ebus/affair/eval -H 'Content-Type: application/json;charset=utf-8' -H 'x-tif-paasid: %s' ` +
	`-H "x-tif-timestamp: $ts" -H "x-tif-nonce: $nonce" -H "x-tif-signature: $sign" ` +
	`-d '{"appCode":"%s","evalEntityCode":"egovAffair","department":{"departmentCode":"114401000075023456","departmentName":"广州市公安局"},` +
	`"affair":{"affairSerialNo":"DEMO-'$now-$nonce'","affairCode":"11440100007502345630001001001000","affairName":"身份证补领",` +
	`"affairDealOfficer":"陈志强","affairApplyTime":"'$now'","affairDoneTime":"'$now'"},` +
	`"user":{"userId":"u1001","userName":"张三","contactPhone":"13800138000","passportName":"zhangsan","userType":0,` +
	`"certificateType":10,"certificateNo":"440100199001011234"},"tagList":[{"tagId":"510"}],"generalStars":5,` +
	`"remark":"办得很快，谢谢！","evalTime":"'$now'"}'; echo
`
