package monitoring

import (
	"slices"
	"testing"
)

// What Grafana is told at its start agrees with the dashboards, and with where
// docker-compose.yml puts them.
func TestGrafanaProvisioning(t *testing.T) {
	var sources struct {
		APIVersion  int `yaml:"apiVersion"`
		Datasources []struct {
			Name, UID, Type, Access, URL string
			IsDefault                    bool `yaml:"isDefault"`
			Editable                     bool
			JSONData                     struct {
				TimeInterval string `yaml:"timeInterval"`
				HTTPMethod   string `yaml:"httpMethod"`
			} `yaml:"jsonData"`
		}
	}
	decode(t, "grafana/provisioning/datasources/prometheus.yml", &sources)
	if len(sources.Datasources) != 1 {
		t.Fatalf("%d data sources, want one", len(sources.Datasources))
	}
	s := sources.Datasources[0]
	if s.UID != "prometheus" || s.Type != "prometheus" || s.URL != "http://prometheus:9090" || !s.IsDefault {
		t.Errorf("the data source is %+v", s)
	}
	if interval := prometheusConfig(t).Global.ScrapeInterval; s.JSONData.TimeInterval != interval {
		t.Errorf("Grafana takes scrapes to be %s apart, they are %s", s.JSONData.TimeInterval, interval)
	}
	for file, d := range dashboards(t) {
		if v := d.Templating.List[0].Current.Value; v != s.UID {
			t.Errorf("%s opens with the data source %v, not %s", file, v, s.UID)
		}
	}
}

func TestDashboardProvisioning(t *testing.T) {
	var providers struct {
		APIVersion int `yaml:"apiVersion"`
		Providers  []struct {
			Name, Folder, Type    string
			DisableDeletion       bool `yaml:"disableDeletion"`
			AllowUIUpdates        bool `yaml:"allowUiUpdates"`
			UpdateIntervalSeconds int  `yaml:"updateIntervalSeconds"`
			Options               struct{ Path string }
		}
	}
	decode(t, "grafana/provisioning/dashboards/vmmp.yml", &providers)
	if len(providers.Providers) != 1 || providers.Providers[0].Options.Path != "/var/lib/grafana/dashboards" {
		t.Fatalf("the providers are %+v", providers.Providers)
	}
	var compose struct {
		Services map[string]struct{ Volumes []string }
	}
	undemanding(t, "../docker-compose.yml", &compose)
	for _, want := range []string{
		"./monitoring/grafana/provisioning:/etc/grafana/provisioning:ro",
		"./monitoring/grafana/dashboards:" + providers.Providers[0].Options.Path + ":ro",
	} {
		if mounts := compose.Services["grafana"].Volumes; !slices.Contains(mounts, want) {
			t.Errorf("docker-compose.yml gives Grafana %q, not %q", mounts, want)
		}
	}
}

// scraping is what the tests read of prometheus.yml.
type scraping struct {
	Global struct {
		ScrapeInterval     string `yaml:"scrape_interval"`
		EvaluationInterval string `yaml:"evaluation_interval"`
	} `yaml:"global"`
	RuleFiles     []string `yaml:"rule_files"`
	ScrapeConfigs []job    `yaml:"scrape_configs"`
}

type job struct {
	JobName string `yaml:"job_name"`
	DNS     []struct {
		Names           []string `yaml:"names"`
		Type            string   `yaml:"type"`
		Port            int      `yaml:"port"`
		RefreshInterval string   `yaml:"refresh_interval"`
	} `yaml:"dns_sd_configs,omitempty"`
	Files []struct {
		Files []string `yaml:"files"`
	} `yaml:"file_sd_configs,omitempty"`
	Static []static `yaml:"static_configs,omitempty"`
}

type static struct {
	Targets []string `yaml:"targets"`
}

func prometheusConfig(t *testing.T) scraping {
	t.Helper()
	var c scraping
	decode(t, "prometheus/prometheus.yml", &c)
	return c
}

func TestPrometheusJobs(t *testing.T) {
	c := prometheusConfig(t)
	var names []string
	for _, j := range c.ScrapeConfigs {
		names = append(names, j.JobName)
		if scaled := j.JobName == "vmmp" || j.JobName == "vmmp-stress"; scaled && (len(j.DNS) != 1 || j.DNS[0].Type != "A") {
			t.Errorf("%s: replicas are found by %+v, want one DNS name", j.JobName, j.DNS)
		}
	}
	if want := []string{"vmmp", "vmmp-stress", "node", "prometheus"}; !slices.Equal(names, want) {
		t.Errorf("jobs %q, want %q: alerts and dashboards know them by name", names, want)
	}
	if !slices.Equal(c.RuleFiles, []string{"rules/*.yml"}) {
		t.Errorf("rule files %q", c.RuleFiles)
	}
}
