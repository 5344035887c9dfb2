# The image of every Airflow process of docker-compose.yaml; DAGs and the include folder are mounted beside it.
FROM python:3.12-slim-bookworm

ENV AIRFLOW_HOME=/opt/airflow PYTHONUNBUFFERED=1
RUN useradd --uid 50000 --create-home --home-dir /opt/airflow airflow
WORKDIR /opt/airflow

COPY requirements.txt .
RUN pip install --no-cache-dir "$(grep '^uv==' requirements.txt)" \
    && uv pip install --system --no-cache --compile-bytecode -r requirements.txt

COPY pyproject.toml README.md ./project/
COPY plugins ./project/plugins
RUN uv pip install --system --no-cache --no-deps --compile-bytecode ./project && rm -r project
COPY sandbox ./sandbox
COPY dags ./dags
COPY include ./include

# Named volumes take over the owner of the folder that they cover.
RUN mkdir -p logs staging state && chown -R airflow: logs staging state
USER airflow
EXPOSE 8080
CMD ["airflow", "version"]
