package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/haochaping/haochaping/internal/backup"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/privacy"
)

type backupCommands struct {
	Make   backupMakeCommand   `cmd:"" default:"withargs" help:"备份（服务可照常运行）：haochaping backup --to 文件或目录。"`
	Verify backupVerifyCommand `cmd:"" help:"核对一份备份是否完整、未被改动。"`
}

type backupMakeCommand struct {
	config.Storage
	To   string `help:"要生成的备份文件；若是已有的目录，则在其中按时间命名。从不覆盖已有文件。" required:"" placeholder:"FILE"`
	Keep int    `help:"目录中只保留同一数据库最新的几份：新的一份核对完好之后，才删除更早的；0 为全部保留。" placeholder:"N"`
}

// Run writes a backup while others use the database.
func (b *backupMakeCommand) Run(c *console) error {
	info, err := os.Stat(b.To)
	intoFolder := err == nil && info.IsDir()
	if b.Keep < 0 || b.Keep > 0 && !intoFolder {
		return errors.New("keep 应为 0 以上，且 --to 应是已有的目录")
	}
	if err := errors.Join(b.Check(), presentDatabase(&b.Storage)); err != nil {
		return err
	}
	keys, err := presentKeys(&b.Storage)
	if err != nil {
		return err
	}
	algorithm, _ := b.Algorithm()
	s, err := openStore(c, &b.Storage, org.NewRegistry(nil, nil))
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // it was only read
	began := time.Now()
	file := b.To
	if intoFolder {
		file = backup.NameIn(b.To, began)
		swept, err := backup.Sweep(b.To)
		for _, name := range swept {
			c.printf("已删除从前中断的备份 %s\n", name)
		}
		if err != nil {
			return err
		}
	}
	made, err := backup.Make(c, file, &backup.Making{Source: s, Keys: keys, Algorithm: algorithm, Now: time.Now})
	if intoFolder && (errors.Is(err, backup.ErrExists) || errors.Is(err, backup.ErrUnderWay)) {
		return fmt.Errorf("备份按时间命名，这一秒已有一份（%s）：它没有改动，请过一秒再运行一次", file)
	}
	if err != nil {
		return err
	}
	c.printf("已备份到 %s\n", file)
	c.printf("时刻 %s，%s，数据 %s，文件 %s，用时 %s\n", beijing.FormatSecond(made.At), contentWords(made.Content), size(made.Plain), size(made.Bytes),
		time.Since(began).Round(time.Millisecond))
	c.printf("校验值（SHA-256）%s\n", made.Checksum)
	c.printf("注意：备份中没有密钥文件。没有密钥文件，这份备份无法恢复，谁也打不开。请把密钥文件另外备份，与本文件分开存放。\n")
	if b.Keep == 0 {
		return nil
	}
	return keepNewest(c, file, b.Keep, keys)
}

// keepNewest removes older backups once the new one was read as a whole.
func keepNewest(c *console, file string, most int, keys *privacy.Keys) error {
	if _, _, err := backup.Verify(file, keys); err != nil {
		return fmt.Errorf("新的备份核对不通过，旧的都没有删除：%w", err)
	}
	removed, err := backup.KeepNewest(file, most)
	for _, name := range removed {
		c.printf("已删除更早的备份 %s\n", name)
	}
	return err
}

func contentWords(content backup.Content) string {
	engine := map[string]string{"sqlite": "嵌入式数据库", "postgres": "PostgreSQL"}[content.Engine]
	return fmt.Sprintf("%s，表结构 %d", engine, content.Schema)
}

// size is a number of bytes for people.
func size(bytes int64) string {
	switch {
	case bytes < 10<<10:
		return fmt.Sprintf("%d 字节", bytes)
	case bytes < 10<<20:
		return fmt.Sprintf("%.0f KB", float64(bytes)/(1<<10))
	case bytes < 10<<30:
		return fmt.Sprintf("%.0f MB", float64(bytes)/(1<<20))
	default:
		return fmt.Sprintf("%.1f GB", float64(bytes)/(1<<30))
	}
}

// presentDatabase refuses an embedded database that is not there: opening would make it.
func presentDatabase(settings *config.Storage) error {
	if !settings.Embedded() {
		return nil
	}
	if _, err := os.Stat(settings.EmbeddedFile()); err != nil {
		return fmt.Errorf("没有数据库文件 %s，请核对 database；新的数据库由 serve 或 migrate 建立", settings.EmbeddedFile())
	}
	return nil
}

// presentToTry is presentDatabase for an import that is only tried, which writes nothing.
func presentToTry(settings *config.Storage, apply bool) error {
	if apply {
		return nil
	}
	return presentDatabase(settings)
}

// presentKeys reads the key file and never makes one.
func presentKeys(settings *config.Storage) (*privacy.Keys, error) {
	file := settings.KeyFile
	if settings.Embedded() {
		file = settings.EmbeddedKeyFile()
	}
	if file == "" {
		return nil, errors.New("须用 --key-file（或 HAOCHAPING_KEY_FILE）指定密钥文件")
	}
	keys, err := privacy.ReadKeys(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("没有密钥文件 %s，请找回与这个数据库（或这份备份）对应的密钥文件", file)
	}
	return keys, err
}

type backupVerifyCommand struct {
	config.Storage
	File string `arg:"" help:"备份文件。"`
}

// Run reads the whole backup. Without a key only the checksum is looked at.
func (v *backupVerifyCommand) Run(c *console) error {
	if err := v.Check(); err != nil {
		return err
	}
	keys, err := presentKeys(&v.Storage)
	if err != nil {
		head, unopened := backup.Unopened(v.File)
		if unopened != nil {
			return unopened
		}
		c.printf("校验值相符：%s 的备份，%s\n", beijing.FormatSecond(head.At), contentWords(head.Content))
		c.printf("没有密钥（%v），未能打开核对：只能发现意外的损坏，不能发现有意的改动。\n", err)
		return exit(1)
	}
	head, plain, err := backup.Verify(v.File, keys)
	if err != nil {
		return err
	}
	c.printf("完好：%s 的备份，%s，数据 %s，密钥编号 %d\n", beijing.FormatSecond(head.At), contentWords(head.Content), size(plain), head.Seal.Key)
	return nil
}
