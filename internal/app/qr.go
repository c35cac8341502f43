package app

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/haochaping/haochaping/client"
	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/venue"
	administration "github.com/haochaping/haochaping/internal/web/console"
)

// qrCommands make the codes that people scan.
type qrCommands struct {
	Affair qrAffairCommand `cmd:"" default:"withargs" help:"按 3.4.1 生成办件的动态评价二维码：地址或图片。"`
	Window qrWindowCommand `cmd:"" help:"生成一个窗口的静态评价二维码：地址或图片。"`
	Hall   qrHallCommand   `cmd:"" help:"生成整个大厅的窗口二维码：图片包（zip）或可打印的 A4 张贴页（html）。"`
}

// site says where the pages are that codes lead to, as config.Pages does for a server.
type site struct {
	BaseURL     string `help:"系统对外的地址，二维码指向它。" default:"http://127.0.0.1:8080" placeholder:"URL" name:"base-url" aliases:"base"`
	Environment string `help:"production：正式环境；test：测试环境，二维码带“测试环境 仅供测试”标记。" default:"production"`
}

// check reports everything that is wrong, joined.
func (s *site) check() error {
	return (&config.Pages{BaseURL: s.BaseURL, Environment: s.Environment}).Check()
}

// warn tells of an address that citizens' telephones can't reach: what is printed with it is printed in vain.
func (s *site) warn(c *console) {
	if base, err := url.Parse(s.BaseURL); err == nil && config.IsLocal(base.Hostname()) {
		_, _ = fmt.Fprintf(c.err, "注意：二维码指向 %s，只有这台机器打得开；请用 --base-url（或 HAOCHAPING_BASE_URL）指定对外的地址\n", s.BaseURL)
	}
}

// codes draws windows' codes.
func (s *site) codes(pixels int) *venue.Codes {
	return &venue.Codes{BaseURL: s.BaseURL, Test: s.Environment == config.Testing, Pixels: pixels}
}

// picture says where a code's picture goes.
type picture struct {
	Out    string `help:"图片文件，.svg 或 .png；缺省只输出地址。" placeholder:"FILE"`
	Pixels int    `help:"PNG 图片的宽度（像素）。" default:"600" placeholder:"N"`
}

// show prints an address, or draws its code.
func (p *picture) show(c *console, address string, of *site) error {
	of.warn(c)
	if p.Out == "" {
		c.printf("%s\n", address)
		return nil
	}
	data, err := of.codes(p.Pixels).Draw(filepath.Ext(p.Out), address)
	if err != nil {
		return err
	}
	return replaceFile(p.Out, func(to io.Writer) error { _, err := to.Write(data); return err })
}

type qrAffairCommand struct {
	site
	picture
	AppCode    string `help:"应用编码。" required:""`
	WorkNo     string `help:"窗口服务人员工号。" required:""`
	HallCode   string `help:"大厅编码。" required:""`
	SerialNo   string `help:"办件编号。" required:""`
	AffairNo   string `help:"实施清单编码。" required:"" name:"affair-code"`
	ForTablet  bool   `help:"工作 PAD 上展示的、无需登录的地址。" name:"tablet"`
	SecretFile string `help:"密钥文件，内容为应用的密钥；给出则为二维码签名（参数 k）。" placeholder:"FILE"`
}

// Run prints the address that goes into the dynamic code of 3.4.1, or draws the code.
func (q *qrAffairCommand) Run(c *console) error {
	if err := q.check(); err != nil {
		return err
	}
	address, err := q.address()
	if err != nil {
		return err
	}
	return q.show(c, address, &q.site)
}

func (q *qrAffairCommand) address() (string, error) {
	if q.SecretFile == "" {
		address := client.HallQR
		if q.ForTablet {
			address = client.PadQR
		}
		return address(q.BaseURL, q.AppCode, q.WorkNo, q.HallCode, q.SerialNo, q.AffairNo)
	}
	secret, err := readSecret(q.SecretFile)
	if err != nil {
		return "", err
	}
	address := client.SignedHallQR
	if q.ForTablet {
		address = client.SignedPadQR
	}
	return address(q.BaseURL, secret, q.AppCode, q.WorkNo, q.HallCode, q.SerialNo, q.AffairNo)
}

type qrWindowCommand struct {
	config.Storage
	site
	picture
	Code string `arg:"" help:"窗口编码，见 export halls。"`
}

// Run prints the address of a window's static code, or draws the code.
func (q *qrWindowCommand) Run(c *console) error {
	if err := q.site.check(); err != nil {
		return err
	}
	if err := presentDatabase(&q.Storage); err != nil {
		return err
	}
	halls, err := openHalls(c, &q.Storage)
	if err != nil {
		return err
	}
	defer halls.Close() //nolint:errcheck // nothing was written
	if err := halls.Load(c); err != nil {
		return err
	}
	window, known := halls.directory.Window(q.Code)
	if !known {
		return fault.NewMissing("没有编码为 " + q.Code + " 的窗口；各窗口的编码见 haochaping export halls 文件.xlsx")
	}
	return q.show(c, q.codes(0).Address(window.Code), &q.site)
}

type qrHallCommand struct {
	config.Storage
	site
	Pixels int    `help:"zip 中 PNG 图片的宽度（像素）。" default:"600" placeholder:"N"`
	Out    string `help:"生成的文件：.zip 为图片包，.html 为张贴页，用浏览器打开后打印。" required:"" placeholder:"FILE"`
	Code   string `arg:"" help:"大厅编码，见 export halls。"`
}

// Run draws the codes of all windows of a hall.
func (q *qrHallCommand) Run(c *console) error {
	if err := q.site.check(); err != nil {
		return err
	}
	write := map[string]func(io.Writer, venue.Hall, []venue.Window) error{".zip": q.writeZIP, ".html": q.writePosters}[strings.ToLower(filepath.Ext(q.Out))]
	if write == nil {
		return errors.New("out 应为 .zip 或 .html 文件")
	}
	if err := presentDatabase(&q.Storage); err != nil {
		return err
	}
	halls, err := openHalls(c, &q.Storage)
	if err != nil {
		return err
	}
	defer halls.Close() //nolint:errcheck // nothing was written
	if err := halls.Load(c); err != nil {
		return err
	}
	hall, known := halls.directory.Hall(q.Code)
	if !known {
		return fault.NewMissing("没有编码为 " + q.Code + " 的大厅；各大厅的编码见 haochaping export halls 文件.xlsx")
	}
	windows := venue.Opened(halls.directory.WindowsOf(hall.Code), &hall, nil)
	if len(windows) == 0 {
		return fault.NewMissing("“" + hall.Name + "”没有在用的窗口")
	}
	if err := replaceFile(q.Out, func(to io.Writer) error { return write(to, hall, windows) }); err != nil {
		return err
	}
	c.printf("已生成“%s”%d 个窗口的二维码：%s\n", hall.Name, len(windows), q.Out)
	q.warn(c)
	return nil
}

// writeZIP writes each window's code as SVG and as PNG, named by the window.
func (q *qrHallCommand) writeZIP(to io.Writer, _ venue.Hall, windows []venue.Window) error {
	archive := q.codes(q.Pixels).NewArchive(to, time.Now())
	if err := archive.Windows("", windows); err != nil {
		return err
	}
	return archive.Close()
}

func (q *qrHallCommand) writePosters(to io.Writer, hall venue.Hall, windows []venue.Window) error {
	return administration.WritePosters(to, q.codes(0), &hall, windows)
}
